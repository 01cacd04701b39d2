import Glibc

/// Where the certification authorities are that servers are verified against.
///
/// Verification is on unless a single request or connection turns it off; see `TLSOptions`.
public enum CertificateAuthorities: Sendable, Hashable {
    /// A file of PEM certificates, or a folder of them under OpenSSL's hash names; at least one of the two.
    case paths(file: String?, folder: String?)
    /// None was found; HTTPS requests fail with this explanation.
    case missing(String)

    /// The bundles of Debian and Alpine, Amazon Linux and Fedora, older Red Hat, SUSE.
    private static let bundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
    ]

    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` where one is set (and then nothing else), otherwise the system's bundle.
    public static func discovered(in environment: [String: String]) -> CertificateAuthorities {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let (file, folder) = (value("SSL_CERT_FILE"), value("SSL_CERT_DIR"))
        for (name, path) in [("SSL_CERT_FILE", file), ("SSL_CERT_DIR", folder)] {
            if let path, !isReadable(path) { return .missing("\(name) names \(path), which cannot be read") }
        }
        if file != nil || folder != nil { return .paths(file: file, folder: folder) }
        if let bundle = bundles.first(where: isReadable) { return .paths(file: bundle, folder: nil) }
        return .missing(
            "no certification authorities on this machine: install the ca-certificates package, or name a PEM file in "
                + "SSL_CERT_FILE; looked for " + bundles.joined(separator: ", ")
        )
    }

    private static func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }
}
