public import JSON

/// What a server's certificate says; also there when it did not pass verification.
public struct CertificateFacts: Sendable, Hashable {
    /// The distinguished name in RFC 2253 form, such as `CN=example.com,O=Example`.
    public var subject: String
    /// The issuer's distinguished name in the same form.
    public var issuer: String
    /// The subject alternative names: DNS names and IP addresses as text.
    public var names: [String]
    /// The start of its validity.
    public var notBefore: Timestamp
    /// The end of its validity.
    public var notAfter: Timestamp
    /// The earliest end of validity in the chain that the server sent: its own certificate's or an authority's.
    public var chainNotAfter: Timestamp
    /// The serial number in upper-case hexadecimal.
    public var serial: String

    /// Facts given by hand; the chain ends with the certificate itself unless told otherwise.
    public init(
        subject: String, issuer: String, names: [String], notBefore: Timestamp, notAfter: Timestamp, serial: String,
        chainNotAfter: Timestamp? = nil
    ) {
        self.subject = subject
        self.issuer = issuer
        self.names = names
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.serial = serial
        self.chainNotAfter = chainNotAfter ?? notAfter
    }
}
