//! What is drawn from the one secret key, and random tokens. Refuses to hand the key itself to anyone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::base::error::Error;

/// Keys for every purpose, each derived from the secret key by HMAC-SHA-256 (RFC 2104) with the purpose's name.
#[derive(Clone)]
pub struct Secrets {
    master: [u8; 32],
    seal: XChaCha20Poly1305,
}

impl Secrets {
    /// Derives all keys from `key`, which must hold at least 32 bytes of chance.
    pub fn new(key: &[u8]) -> Self {
        let master: [u8; 32] = Sha256::digest(key).into();
        let seal = XChaCha20Poly1305::new(&mac(&master, b"seal", &[]).into());
        Self { master, seal }
    }

    /// A code that only this server can make, for `data` and this purpose.
    pub fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        mac(&self.master, purpose.as_bytes(), data)
    }

    /// Tells this key from others, and nothing else about it.
    pub fn print(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.mac("print", &[])[..12])
    }

    /// 64 bytes for the signing of cookies.
    pub fn cookie_key(&self) -> [u8; 64] {
        let mut key = [0; 64];
        key[..32].copy_from_slice(&self.mac("cookie", &[0]));
        key[32..].copy_from_slice(&self.mac("cookie", &[1]));
        key
    }

    /// Encrypts `plain` (XChaCha20-Poly1305); only the same purpose opens it.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let nonce: [u8; 24] = random()?;
        let payload = Payload { msg: plain, aad: purpose.as_bytes() };
        let sealed = self.seal.encrypt(&XNonce::from(nonce), payload);
        let mut out = nonce.to_vec();
        out.extend(sealed.map_err(|_| Error::internal("nothing could be encrypted"))?);
        Ok(out)
    }

    /// What was sealed for this purpose; `None` when it was not, or was changed since.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<24>()?;
        let payload = Payload { msg: sealed, aad: purpose.as_bytes() };
        self.seal.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

fn mac(key: &[u8; 32], purpose: &[u8], data: &[u8]) -> [u8; 32] {
    let mut mac = match <Hmac<Sha256>>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    };
    mac.update(&(purpose.len() as u64).to_be_bytes());
    mac.update(purpose);
    mac.update(data);
    mac.finalize().into_bytes().into()
}

/// Bytes from the system's source of randomness.
///
/// # Errors
/// When it has none to give.
pub fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(bytes)
}

/// A secret of 32 random bytes that travels once, as base64url (RFC 4648 §5). Only its hash is kept.
pub struct Token([u8; 32]);

/// Characters of a token in a link.
const TOKEN_LETTERS: usize = 43;

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn random() -> Result<Self, Error> {
        Ok(Self(random()?))
    }

    /// Reads one from a link; `None` when it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self(URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?))
    }

    /// Reads one from a link as people have it: what a mail program or a sentence left behind it is no part of it.
    pub fn in_link(text: &str) -> Option<Self> {
        let (token, rest) = text.split_at_checked(TOKEN_LETTERS)?;
        let goes_on = rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if goes_on { None } else { Self::parse(token) }
    }

    /// Its form in a link: 43 characters.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Its SHA-256, the only thing that is stored.
    pub fn hash(&self) -> Vec<u8> {
        sha256(&self.0)
    }
}

/// SHA-256 (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_purpose_only() -> Result<(), Error> {
        let secrets = Secrets::new(b"one");
        let sealed = secrets.seal("mail", b"a letter")?;
        assert_eq!(secrets.open("mail", &sealed).as_deref(), Some(&b"a letter"[..]));
        assert_eq!(secrets.open("flash", &sealed), None);
        assert_eq!(Secrets::new(b"two").open("mail", &sealed), None);
        let mut bent = sealed.clone();
        bent[30] ^= 1;
        assert_eq!(secrets.open("mail", &bent), None);
        Ok(())
    }

    #[test]
    fn what_is_drawn_from_a_key_is_drawn_from_no_other() {
        let (one, two) = (Secrets::new(b"one"), Secrets::new(b"two"));
        assert_ne!(one.cookie_key(), two.cookie_key());
        assert_ne!(one.cookie_key()[..32], one.cookie_key()[32..]);
        assert_eq!(one.cookie_key(), Secrets::new(b"one").cookie_key());
        assert_ne!(one.print(), two.print());
        assert_eq!(one.print(), Secrets::new(b"one").print());
    }

    #[test]
    fn a_token_is_read_back_from_its_link() -> Result<(), Error> {
        let token = Token::random()?;
        assert_eq!(token.reveal().len(), 43);
        assert_eq!(Token::parse(&token.reveal()).map(|t| t.hash()), Some(token.hash()));
        assert!(Token::parse("short").is_none());
        let link = token.reveal();
        for tail in ["", ".", ",", ")", ">", "!", "\"", "]", "*", ";", "=", " and", "\u{a0}", "…"] {
            assert_eq!(Token::in_link(&format!("{link}{tail}")).map(|t| t.hash()), Some(token.hash()), "{tail}");
            assert!(tail.is_empty() || Token::parse(&format!("{link}{tail}")).is_none());
        }
        for other in [&link[1..], &format!("{link}A"), &format!("{link}-"), "", "short"] {
            assert!(Token::in_link(other).is_none(), "{other}");
        }
        Ok(())
    }
}
