import COpenSSL

/// The certification authorities in OpenSSL's form, read once per process: parsing a bundle takes as long as a hundred
/// handshakes.
///
/// OpenSSL counts references and locks it itself (@unchecked).
final class CertificateStore: @unchecked Sendable {
    private let store: OpaquePointer

    private static let known = Locked<[CertificateAuthorities: CertificateStore]>([:])

    /// The store for these authorities.
    /// - Throws: `TransportError` with `.noCertificateAuthorities`.
    static func shared(_ authorities: CertificateAuthorities) throws(TransportError) -> CertificateStore {
        if let store = known.withLock({ $0[authorities] }) { return store }
        let store = try CertificateStore(authorities)
        known.withLock { $0[authorities] = store }
        return store
    }

    private init(_ authorities: CertificateAuthorities) throws(TransportError) {
        guard case .paths(let file, let folder) = authorities else {
            guard case .missing(let explanation) = authorities else { throw Self.unreadable("") }
            throw TransportError(.noCertificateAuthorities, explanation)
        }
        ERR_clear_error()
        guard let store = X509_STORE_new() else { throw Self.unreadable("") }
        self.store = store
        // As libcurl does it: a certificate of the bundle is trusted although it is not a root.
        X509_STORE_set_flags(store, UInt(X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN))
        if let file, X509_STORE_load_file(store, file) != 1 { throw Self.unreadable(file) }
        if let folder, X509_STORE_load_path(store, folder) != 1 { throw Self.unreadable(folder) }
    }

    deinit { X509_STORE_free(store) }

    /// Makes a TLS context verify against it.
    func use(in context: OpaquePointer) { SSL_CTX_set1_cert_store(context, store) }

    private static func unreadable(_ path: String) -> TransportError {
        TransportError(
            .noCertificateAuthorities, "the certification authorities in \(path) cannot be read: \(OpenSSLError.text)"
        )
    }
}
