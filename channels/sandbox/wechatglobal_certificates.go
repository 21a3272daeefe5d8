package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"time"
)

// platformCertificate is a key that signs replies, with its certificate.
type platformCertificate struct {
	key    *rsa.PrivateKey
	cert   *x509.Certificate
	serial string
}

// publish shows one more certificate, and uses it not yet (§11).
func (w *wechatGlobal) publish() error {
	c, err := w.unpublished()
	if err != nil {
		return err
	}
	w.spare = w.spare[1:]
	w.certs = append(w.certs, c)
	return nil
}

// unpublished makes the certificate that comes next.
func (w *wechatGlobal) unpublished() (*platformCertificate, error) {
	if len(w.spare) == 0 { // a long session: this one is not saved
		key, err := rsa.GenerateKey(rand.Reader, rsaBits)
		if err != nil {
			return nil, fmt.Errorf("sandbox: make keys: %w", err)
		}
		w.spare = append(w.spare, key)
	}
	key := w.spare[0]
	cert, err := selfSigned("WeChat Pay Global (sandbox)", key, w.s.cfg.Now())
	if err != nil {
		return nil, err
	}
	return &platformCertificate{key, cert, serialText(cert.SerialNumber)}, nil
}

func (w *wechatGlobal) useNewest() { w.with = w.certs[len(w.certs)-1] }

func (w *wechatGlobal) rotate() error {
	if err := w.publish(); err != nil {
		return err
	}
	w.useNewest()
	return nil
}

// certificateDoc is a row of the certificates reply, §11.
type certificateDoc struct {
	SerialNo           string   `json:"serial_no"`
	EffectiveTime      string   `json:"effective_time"`
	ExpireTime         string   `json:"expire_time"`
	EncryptCertificate resource `json:"encrypt_certificate"`
}

// resource is something sealed with the APIv3 key, §3.3.
type resource struct {
	OriginalType   string `json:"original_type,omitempty"`
	Algorithm      string `json:"algorithm"`
	Nonce          string `json:"nonce"`
	AssociatedData string `json:"associated_data"`
	Ciphertext     string `json:"ciphertext"`
}

func (w *wechatGlobal) sealed(a *Account, kind string, plain []byte) resource {
	r := resource{Algorithm: "AEAD_AES_256_GCM", Nonce: w.nonce(12), AssociatedData: kind}
	var err error
	if r.Ciphertext, err = seal(a.APIv3Key, r.Nonce, r.AssociatedData, plain); err != nil {
		panic("sandbox: a key of our own does not seal: " + err.Error())
	}
	return r
}

func (w *wechatGlobal) prepareCertificates(c *call) (plan, *refusal) {
	if bad := c.onlyParameters(); bad != nil {
		return plan{}, bad
	}
	return plan{book: func(time.Time) draft {
		var body struct {
			Data []certificateDoc `json:"data"`
		}
		for _, p := range w.certs {
			body.Data = append(body.Data, certificateDoc{
				SerialNo:           p.serial,
				EffectiveTime:      stamp(p.cert.NotBefore),
				ExpireTime:         stamp(p.cert.NotAfter),
				EncryptCertificate: w.sealed(&c.who.Account, "certificate", certificatePEM(p.cert.Raw)),
			})
		}
		return done(body)
	}}, nil
}

// stamp is a time as the platform writes it (§2.3).
func stamp(t time.Time) string { return t.In(beijing).Format(time.RFC3339) }
