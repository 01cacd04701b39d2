public import Basics
import CCurl
import COpenSSL
import Glibc
import JSON

/// The certification authorities in OpenSSL's form, read once per process: parsing a bundle takes as long as a hundred
/// handshakes.
///
/// `@unchecked Sendable` because OpenSSL counts references and locks the store itself: any thread may use it.
final class CertificateStore: @unchecked Sendable {
    private let store: OpaquePointer

    private static let known = Locked<[CertificateAuthorities: CertificateStore]>([:])

    /// The store for these authorities, read at the first call.
    /// - Throws: `TransportError` with `.noCertificateAuthorities`.
    static func shared(_ authorities: CertificateAuthorities) throws(TransportError) -> CertificateStore {
        if let store = known.withLock({ $0[authorities] }) { return store }
        let store = try CertificateStore(authorities)
        known.withLock { $0[authorities] = store }
        return store
    }

    private init(_ authorities: CertificateAuthorities) throws(TransportError) {
        if case .missing(let explanation) = authorities { throw TransportError(.noCertificateAuthorities, explanation) }
        openssl_keep_at_exit()
        ERR_clear_error()
        guard let store = X509_STORE_new() else { throw Self.unreadable("") }
        self.store = store
        // As libcurl does it: a certificate of the bundle is trusted although it is not a root.
        X509_STORE_set_flags(store, UInt(X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN))
        switch authorities {
        case .paths(let file, let folder):
            if let file, X509_STORE_load_file(store, file) != 1 { throw Self.unreadable(file) }
            if let folder, X509_STORE_load_path(store, folder) != 1 { throw Self.unreadable(folder) }
        case .pem(let text):
            guard PEM.forEachCertificate(in: text, { X509_STORE_add_cert(store, $0) == 1 }) else {
                throw Self.unreadable("the text given for them")
            }
        case .missing: break
        }
    }

    deinit { X509_STORE_free(store) }

    /// Makes a TLS context verify against these authorities.
    func use(in context: OpaquePointer) { SSL_CTX_set1_cert_store(context, store) }

    private static func unreadable(_ path: String) -> TransportError {
        TransportError(
            .noCertificateAuthorities, "the certification authorities in \(path) cannot be read: \(OpenSSLError.text)"
        )
    }
}

/// Where the certification authorities are that servers are verified against.
///
/// Verification is on unless a single request or connection turns it off; see `TLSOptions`.
public enum CertificateAuthorities: Sendable, Hashable {
    /// A file of PEM certificates, or a folder of them under OpenSSL's hash names; at least one of the two.
    case paths(file: String?, folder: String?)
    /// The text of a file of PEM certificates.
    case pem([UInt8])
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
            if let path, !isReadable(path) { return unreadable(path, named: name) }
        }
        if file != nil || folder != nil { return .paths(file: file, folder: folder) }
        if let bundle = bundles.first(where: isReadable) { return .paths(file: bundle, folder: nil) }
        return .missing(
            "no certification authorities on this machine: install the ca-certificates package, or name a PEM file in "
                + "SSL_CERT_FILE; looked for " + bundles.joined(separator: ", ")
        )
    }

    /// A file of PEM certificates that a setting names.
    public static func bundle(_ path: String, named setting: String) -> CertificateAuthorities {
        isReadable(path) ? .paths(file: path, folder: nil) : unreadable(path, named: setting)
    }

    /// Reads them, as a handshake does.
    /// - Throws: `TransportError` with `.noCertificateAuthorities`.
    public func check() throws(TransportError) { _ = try CertificateStore.shared(self) }

    private static func unreadable(_ path: String, named setting: String) -> CertificateAuthorities {
        .missing("\(setting) names \(path), which cannot be read")
    }

    private static func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }
}

/// The parts of a server's certificate that users look at, whether or not it passed verification.
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

    /// Facts from their parts; `chainNotAfter` is `notAfter` by default.
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

extension CertificateFacts {
    /// Reads OpenSSL's certificate and the chain it came with; both still belong to the caller.
    init(reading certificate: OpaquePointer, chain: OpaquePointer?) {
        let ends = (0..<max(0, OPENSSL_sk_num(chain))).compactMap { index in
            OPENSSL_sk_value(chain, index).map { Self.timestamp(X509_get0_notAfter(OpaquePointer($0))) }
        }
        self.init(
            subject: Self.text(of: X509_get_subject_name(certificate)),
            issuer: Self.text(of: X509_get_issuer_name(certificate)),
            names: Self.alternativeNames(of: certificate),
            notBefore: Self.timestamp(X509_get0_notBefore(certificate)),
            notAfter: Self.timestamp(X509_get0_notAfter(certificate)),
            serial: Self.hexadecimal(X509_get0_serialNumber(certificate)), chainNotAfter: ends.min()
        )
    }

    private static func text(of name: OpaquePointer?) -> String {
        guard let name, let memory = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(memory) }
        // RFC 2253, but with UTF-8 left readable.
        X509_NAME_print_ex(memory, name, 0, openssl_readable_name)
        return String(unsafeUninitializedCapacity: BIO_ctrl_pending(memory)) { buffer in
            Int(max(0, BIO_read(memory, buffer.baseAddress, Int32(buffer.count))))
        }
    }

    private static func timestamp(_ time: UnsafePointer<ASN1_TIME>?) -> Timestamp {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return Timestamp(microseconds: 0) }
        return Timestamp(microseconds: Int64(timegm(&parts)) * 1_000_000)
    }

    private static func hexadecimal(_ serial: UnsafePointer<ASN1_INTEGER>?) -> String {
        guard let number = ASN1_INTEGER_to_BN(serial, nil) else { return "" }
        defer { BN_free(number) }
        guard let text = BN_bn2hex(number) else { return "" }
        defer { CRYPTO_free(text, #file, #line) }
        return String(cString: text)
    }

    private static func alternativeNames(of certificate: OpaquePointer) -> [String] {
        guard let raw = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(raw)
        defer { GENERAL_NAMES_free(names) }
        return (0..<OPENSSL_sk_num(names)).compactMap { index in
            guard let entry = OPENSSL_sk_value(names, index)?.assumingMemoryBound(to: GENERAL_NAME.self).pointee else {
                return nil
            }
            switch entry.type {
            case GEN_DNS: return String(decoding: bytes(of: entry.d.dNSName), as: UTF8.self)
            case GEN_IPADD: return SocketAddress(octets: Array(bytes(of: entry.d.iPAddress)), port: 0)?.ip
            default: return nil
            }
        }
    }

    private static func bytes(of string: UnsafePointer<ASN1_STRING>?) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(max(0, ASN1_STRING_length(string))))
    }
}

/// Keeps the server's certificate while OpenSSL verifies it, whatever the verdict.
///
/// The TLS context of a connection owns its observer, because the connection outlives the transfer that opened it.
final class CertificateObserver {
    private(set) var facts: CertificateFacts?
    /// Whether a TLS handshake has begun.
    let isAttached: Bool

    /// The slot of a TLS context that holds its observer, retained, until OpenSSL frees the context.
    private static let slot = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, nil, nil, nil) {
        _, pointer, _, _, _, _ in
        if let pointer { Unmanaged<CertificateObserver>.fromOpaque(pointer).release() }
    }

    /// An observer without a connection.
    init() { isAttached = false }

    /// Watches the handshakes of a TLS context; verification itself stays as it is.
    init(attachedTo context: OpaquePointer) {
        isAttached = true
        let retained = Unmanaged.passRetained(self)
        guard SSL_CTX_set_ex_data(context, Self.slot, retained.toOpaque()) == 1 else {
            retained.release()
            return
        }
        SSL_CTX_set_verify(context, SSL_CTX_get_verify_mode(context)) { verdict, store in
            CertificateObserver.note(store)
            return verdict
        }
    }

    private static func note(_ store: OpaquePointer?) {
        let tls = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
        guard let tls, let observer = of(OpaquePointer(tls)), observer.facts == nil,
            let leaf = X509_STORE_CTX_get0_cert(store)
        else { return }
        observer.facts = CertificateFacts(reading: leaf, chain: X509_STORE_CTX_get0_untrusted(store))
    }

    private static func of(_ tls: OpaquePointer) -> CertificateObserver? {
        guard let pointer = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(tls), slot) else { return nil }
        return Unmanaged<CertificateObserver>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Takes the facts from the connection that answers: one reused was verified for another transfer, and a resumed
    /// session is not verified again.
    func noteConnection(of easy: CurlEasy) {
        if let tls = curl_info_tls(easy.handle) { noteConnection(OpaquePointer(tls)) }
    }

    /// The same for a connection of our own.
    func noteConnection(_ tls: OpaquePointer) {
        guard facts == nil else { return }
        if let known = Self.of(tls)?.facts {
            facts = known
        } else if let leaf = SSL_get1_peer_certificate(tls) {
            facts = CertificateFacts(reading: leaf, chain: SSL_get_peer_cert_chain(tls))
            X509_free(leaf)
        }
    }
}
