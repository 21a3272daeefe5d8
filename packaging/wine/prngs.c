// What Go asks of bcryptprimitives.dll, which wine 8 does not have.
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T n) {
	return RtlGenRandom(buffer, (ULONG)n);
}
