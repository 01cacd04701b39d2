import Basics
import COpenSSL

/// One client session of OpenSSL between two buffers in memory: bytes from the peer, and bytes for the peer.
final class TLSSession {
    /// The result of a call of OpenSSL.
    enum Progress {
        /// Done, with this many bytes.
        case done(Int)
        /// More must come from the peer first.
        case wantsInput
        /// The peer has sent close_notify.
        case ended
        /// The session is broken.
        case failed(reason: String)
    }

    private let context: OpaquePointer
    private let tls: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer
    private let certificates: CertificateObserver

    /// A session before its handshake.
    /// - Throws: `TransportError` with `.noCertificateAuthorities`, `.invalidRequest` or `.system`.
    init(
        serverName: String, _ options: TLSOptions, _ authorities: CertificateAuthorities,
        applicationProtocols: [String]
    ) throws(TransportError) {
        context = try Self.makeContext(options, authorities)
        certificates = CertificateObserver(attachedTo: context)
        guard let tls = SSL_new(context), let input = BIO_new(BIO_s_mem()), let output = BIO_new(BIO_s_mem()) else {
            SSL_CTX_free(context)
            throw TransportError(.system, "cannot start TLS: \(OpenSSLError.text)")
        }
        (self.tls, self.input, self.output) = (tls, input, output)
        SSL_set_bio(tls, input, output)  // which now belong to it
        SSL_set_connect_state(tls)
        guard expect(serverName) else {
            throw TransportError(.invalidRequest, "\(serverName.debugDescription) is no name that a server can have")
        }
        let protocols = applicationProtocols.flatMap { [UInt8(truncatingIfNeeded: $0.utf8.count)] + $0.utf8 }
        if !protocols.isEmpty { SSL_set_alpn_protos(tls, protocols, UInt32(protocols.count)) }
    }

    deinit {
        SSL_free(tls)
        SSL_CTX_free(context)
    }

    /// Sets the name that the certificate must be for; OpenSSL takes an empty name for "any".
    private func expect(_ name: String) -> Bool {
        guard !name.isEmpty, !name.utf8.contains(0) else { return false }
        if SocketAddress(ip: name, port: 0) != nil {
            return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), name) == 1
        }
        SSL_set_hostflags(tls, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        return SSL_set1_host(tls, name) == 1 && openssl_set_server_name(tls, name) == 1
    }

    private static func makeContext(
        _ options: TLSOptions, _ authorities: CertificateAuthorities
    ) throws(TransportError) -> OpaquePointer {
        // Without verification, a missing bundle changes only the verdict.
        let store = options.verifies ? try CertificateStore.shared(authorities) : try? .shared(authorities)
        guard let context = openssl_client_context() else {
            throw TransportError(.system, "cannot start TLS: \(OpenSSLError.text)")
        }
        SSL_CTX_set_options(context, openssl_client_options)
        openssl_set_minimum_version(context, options.minimumVersion == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION)
        if options.maximumVersion == .tls12 { openssl_set_maximum_version(context, TLS1_2_VERSION) }
        SSL_CTX_set_verify(context, options.verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
        store?.use(in: context)
        guard let certificate = options.clientCertificate else { return context }
        do throws(TransportError) {
            try certificate.use(in: context)
        } catch {
            SSL_CTX_free(context)
            throw error.about(error.host ?? "", "the client certificate cannot be used")
        }
        return context
    }

    // MARK: Calls of OpenSSL

    func handshake() -> Progress { perform { SSL_do_handshake($0) } }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Progress {
        perform { SSL_read($0, buffer.baseAddress, Int32(clamping: buffer.count)) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Progress {
        perform { SSL_write($0, bytes.baseAddress, Int32(clamping: bytes.count)) }
    }

    /// Sends close_notify.
    func shutdown() { _ = perform { SSL_shutdown($0) } }

    private func perform(_ operation: (OpaquePointer) -> Int32) -> Progress {
        ERR_clear_error()
        let result = operation(tls)
        if result > 0 { return .done(Int(result)) }
        switch SSL_get_error(tls, result) {
        case SSL_ERROR_WANT_READ: return .wantsInput
        case SSL_ERROR_ZERO_RETURN: return .ended
        default: return .failed(reason: OpenSSLError.text)
        }
    }

    // MARK: The two buffers

    /// Adds bytes that came from the peer.
    func receive(_ bytes: [UInt8]) { BIO_write(input, bytes, Int32(bytes.count)) }

    /// Removes and returns the bytes for the peer; empty when there are none.
    func takeOutput() -> [UInt8] {
        let count = BIO_ctrl_pending(output)
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = Int(max(0, BIO_read(output, buffer.baseAddress, Int32(count))))
        }
    }

    // MARK: Facts

    /// Whether the server's certificate did not pass verification.
    var isRejected: Bool { certificates.facts != nil && SSL_get_verify_result(tls) != Int(X509_V_OK) }

    var facts: TLSFacts {
        certificates.noteConnection(tls)
        return TLSFacts(
            version: String(cString: SSL_get_version(tls)),
            cipher: SSL_CIPHER_get_name(SSL_get_current_cipher(tls)).map { String(cString: $0) } ?? "",
            applicationProtocol: applicationProtocol, certificate: certificates.facts,
            verdict: String(cString: X509_verify_cert_error_string(SSL_get_verify_result(tls)))
        )
    }

    private var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(tls, &name, &count)
        return count == 0 ? nil : String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }
}

/// Verification and client certificate of a TLS connection.
public struct TLSOptions: Sendable, Hashable {
    /// Whether the server's certificate must pass: its chain, its validity, its names.
    ///
    /// Otherwise any certificate is accepted; the connection's facts still have it and the verdict on it.
    public var verifies: Bool
    /// The certificate that this program sends when the server asks for one.
    public var clientCertificate: ClientCertificate?
    /// The oldest version of TLS that is spoken; nil for 1.2, for nothing here speaks an older one.
    public var minimumVersion: TLSVersion?
    /// The newest version of TLS that is spoken; nil for the newest.
    public var maximumVersion: TLSVersion?

    /// By default: verification, and no client certificate.
    public init(verifies: Bool = true, clientCertificate: ClientCertificate? = nil) {
        self.verifies = verifies
        self.clientCertificate = clientCertificate
    }
}

/// A version of TLS.
public enum TLSVersion: String, Sendable, Hashable, CaseIterable {
    /// TLS 1.2.
    case tls12 = "1.2"
    /// TLS 1.3.
    case tls13 = "1.3"
}

/// The outcome of a TLS handshake.
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

    /// Facts from their parts, as tests make them.
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

/// OpenSSL's description of the last failure on this thread.
enum OpenSSLError {
    /// The reason of the first error in its queue, which is emptied.
    static var text: String {
        let code = ERR_get_error()
        ERR_clear_error()
        return ERR_reason_error_string(code).map { String(cString: $0) } ?? "OpenSSL error \(code)"
    }
}
