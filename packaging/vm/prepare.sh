#!/bin/bash
# prepare.sh FOLDER GUEST: makes vmlinux, initrd.gz and base.qcow2 in FOLDER, for
# a machine that runs the program GUEST. Needs root and what packaging/deps.sh vm
# installs.
set -euo pipefail
guest=$(realpath "$2")
mkdir -p "$1/kernel"
cd "$1"
mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -1)
[ -n "$mirror" ] || mirror=$(awk '$1=="deb"{for(i=2;i<=NF;i++)if($i~/^https?:/){print $i;exit}}' /etc/apt/sources.list)

# The kernel is downloaded and unpacked, not installed here. Its plain vmlinux
# boots over PVH, with nothing to decompress in the emulator.
package=$(apt-cache depends linux-image-amd64 | awk '/Depends:/{print $2;exit}')
(cd kernel && apt-get download -q "$package" && dpkg-deb -x linux-image-*.deb .)
version=$(ls kernel/lib/modules)
image=kernel/boot/vmlinuz-$version
for at in $(LC_ALL=C grep -obUaP '\xFD7zXZ\x00' "$image" | cut -d: -f1); do
	tail -c+$((at + 1)) "$image" | xz -dc >vmlinux.part 2>/dev/null || true
	if readelf -h vmlinux.part >/dev/null 2>&1; then
		strip --strip-debug vmlinux.part 2>/dev/null || true
		mv vmlinux.part vmlinux
		break
	fi
done
[ -s vmlinux ]

rm -rf root
debootstrap --variant=minbase --include=systemd,systemd-sysv,udev,dbus,kmod,iproute2,usbutils,ca-certificates,sqlite3,procps,curl,lsof,adduser,busybox-static bookworm root "$mirror" >debootstrap.log

# the modules that a till may need
modules=root/lib/modules/$version
rm -rf root/lib/modules
mkdir -p "$modules/kernel"
for m in drivers/usb drivers/hid drivers/input drivers/virtio drivers/block/virtio_blk.ko drivers/net/virtio_net.ko drivers/net/net_failover.ko \
	net/core/failover.ko drivers/char/hw_random drivers/char/lp.ko fs/ext4 fs/jbd2 fs/mbcache.ko lib crypto arch/x86/crypto fs/overlayfs fs/configfs \
	fs/nls net/packet net/unix net/netfilter net/ipv4/netfilter net/ipv6/netfilter; do
	[ -e "kernel/lib/modules/$version/kernel/$m" ] || continue
	mkdir -p "$modules/kernel/$(dirname $m)"
	cp -a "kernel/lib/modules/$version/kernel/$m" "$modules/kernel/$(dirname $m)/"
done
cp kernel/lib/modules/$version/modules.{order,builtin,builtin.modinfo} "$modules/"
depmod -b root "$version"

install -m 755 "$guest" root/usr/local/bin/guest
cat >root/etc/systemd/system/guest.service <<'U'
[Unit]
Description=the test's hands
[Service]
ExecStart=/usr/local/bin/guest serve
Restart=always
[Install]
WantedBy=multi-user.target
U
mkdir -p root/etc/systemd/network
printf '[Match]\nName=eth0\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' >root/etc/systemd/network/eth0.network
echo till >root/etc/hostname
echo '127.0.0.1 localhost till' >root/etc/hosts
: >root/etc/fstab
rm -rf root/var/cache/apt/archives/*.deb root/var/lib/apt/lists/*
echo 0123456789abcdef0123456789abcdef >root/etc/machine-id
chroot root passwd -d root >/dev/null
chroot root systemctl -q enable guest systemd-networkd
chroot root systemctl -q mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
	systemd-tmpfiles-clean.timer getty@tty1.service serial-getty@ttyS0.service systemd-pstore.service systemd-binfmt.service sys-kernel-debug.mount \
	sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount systemd-networkd-wait-online.service ldconfig.service systemd-update-done.service \
	systemd-journal-catalog-update.service >/dev/null 2>&1

# the initial RAM disk loads the disk's driver, mounts and hands over
rm -rf ird
mkdir -p ird/{bin,proc,sys,dev,new,m}
cp root/bin/busybox ird/bin/
: >ird/m/list
for m in virtio_pci virtio_blk ext4 crc32c_generic; do
	modprobe -d "$PWD/root" -S "$version" --show-depends $m | awk '$1=="insmod"{print $2}' | while read -r f; do
		b=$(basename "$f")
		[ -e ird/m/$b ] || { cp "$f" ird/m/ && echo "$b" >>ird/m/list; }
	done
done
cat >ird/init <<'I'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev
while read -r m; do $b insmod /m/$m; done </m/list
i=0; while [ ! -b /dev/vda ] && [ $i -lt 200 ]; do $b usleep 50000; i=$((i+1)); done
$b mount -t ext4 -o rw /dev/vda /new || exec $b sh
$b umount /proc; $b umount /sys; $b mount --move /dev /new/dev
exec $b switch_root /new /lib/systemd/systemd
I
chmod +x ird/init
(cd ird && find . | cpio -o -H newc --quiet | gzip -1) >initrd.gz

# ext4 with its journal, as a till has: the plug will be pulled
rm -f base.raw
truncate -s 2G base.raw
mke2fs -q -t ext4 -E lazy_itable_init=1 -d root base.raw
qemu-img convert -O qcow2 base.raw base.qcow2.part
mv base.qcow2.part base.qcow2
rm -rf base.raw root ird kernel
