/// What a TLS handshake found out.
public struct TLSFacts: Sendable, Hashable {
    /// The version that was agreed on: `TLSv1.2`, `TLSv1.3`.
    public var version: String
    /// The cipher suite by its OpenSSL name, such as `TLS_AES_256_GCM_SHA384`.
    public var cipher: String
    /// The application protocol that the server chose (ALPN), if any.
    public var applicationProtocol: String?
    /// The server's certificate.
    public var certificate: CertificateFacts?
    /// The verdict on the certificate: `ok`, or why it would be rejected, such as `certificate has expired`.
    public var verdict: String

    /// Facts given by hand.
    public init(
        version: String, cipher: String, applicationProtocol: String? = nil, certificate: CertificateFacts? = nil,
        verdict: String = "ok"
    ) {
        self.version = version
        self.cipher = cipher
        self.applicationProtocol = applicationProtocol
        self.certificate = certificate
        self.verdict = verdict
    }
}
