//! What an address of the product is, for the map of them and for who must know it.

/// Who may use an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody.
    Anyone,
    /// Everybody who is signed in.
    SignedIn,
    /// Administrators of the tenant.
    TenantAdmin,
    /// Users of a customer.
    CustomerUser,
    /// Both, each to read what is theirs.
    Reader,
}

/// An address of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// `GET` (which answers HEAD as well) or `POST`.
    pub method: &'static str,
    /// With its parameters in braces.
    pub path: &'static str,
    /// Who may use it.
    pub who: Who,
}
