/// What a client wants of TLS.
public struct TLSOptions: Sendable, Hashable {
    /// Whether the server's certificate must pass: its chain, its validity, its names.
    ///
    /// Otherwise anything is accepted; the facts and the verdict are told all the same.
    public var verifies: Bool
    /// What this program shows when the server asks for a certificate.
    public var clientCertificate: ClientCertificate?

    /// Verification and no certificate of its own, unless told otherwise.
    public init(verifies: Bool = true, clientCertificate: ClientCertificate? = nil) {
        self.verifies = verifies
        self.clientCertificate = clientCertificate
    }
}

/// A certificate with its private key, both in PEM files.
public struct ClientCertificate: Sendable, Hashable {
    /// The file with the certificate and, after it, those of its chain.
    public var certificateFile: String
    /// The file with the private key, without a passphrase.
    public var keyFile: String

    /// A certificate and a key by the paths of their files; nothing is read yet.
    public init(certificateFile: String, keyFile: String) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}
