/// The client credentials flow of OAuth 2 (RFC 6749, section 4.4): `client.oauth2`.
struct OAuth2Settings: Sendable, Hashable {
    /// `token-url`.
    var tokenURL: String
    /// `client-id`.
    var clientID: String
    /// `client-secret`: never shown.
    var clientSecret: String
    /// `scopes`: at least one.
    var scopes: [String]
}

extension OAuth2Settings: CustomStringConvertible {
    /// Without the secret.
    var description: String { "\(clientID) at \(tokenURL)" }
}
