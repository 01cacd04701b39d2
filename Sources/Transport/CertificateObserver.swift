import CCurl
import COpenSSL

/// Learns the server's certificate while OpenSSL verifies it, whatever the verdict.
///
/// Loop's thread only (@unchecked).
///
/// The TLS context of a connection owns its observer, because the connection outlives the transfer that opened it.
final class CertificateObserver: @unchecked Sendable {
    private(set) var facts: CertificateFacts?
    /// Whether a TLS handshake has begun.
    let isAttached: Bool

    /// The slot of a TLS context that holds its observer, retained, until OpenSSL frees the context.
    private static let slot = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, nil, nil, nil) {
        _, pointer, _, _, _, _ in
        if let pointer { Unmanaged<CertificateObserver>.fromOpaque(pointer).release() }
    }

    /// An observer of nothing yet.
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
