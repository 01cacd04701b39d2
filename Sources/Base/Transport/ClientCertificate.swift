import Basics
import COpenSSL
import Glibc

/// A certificate with its private key, both in PEM form, in files or in memory.
public struct ClientCertificate: Sendable, Hashable {
    enum Source: Sendable, Hashable {
        case files(certificate: String, key: String)
        case memory(certificate: [UInt8], key: [UInt8])
    }

    let source: Source

    /// A certificate and a key by the paths of their files; nothing is read yet.
    /// - Parameters:
    ///   - certificateFile: the file with the certificate and, after it, those of its chain.
    ///   - keyFile: the file with the private key, without a passphrase.
    public init(certificateFile: String, keyFile: String) {
        source = .files(certificate: certificateFile, key: keyFile)
    }

    /// A certificate and a key from their PEM texts, which are the files' contents; nothing is parsed yet.
    public init(certificate: [UInt8], key: [UInt8]) {
        source = .memory(certificate: certificate, key: key)
    }

    /// Reads both parts, as a handshake does.
    /// - Throws: `TransportError` with `.invalidRequest`, which says what is wrong with which file.
    public func check() throws(TransportError) {
        guard let context = openssl_client_context() else {
            throw TransportError(.system, "cannot start TLS: \(OpenSSLError.text)")
        }
        defer { SSL_CTX_free(context) }
        try use(in: context)
    }

    /// Makes the sessions of a TLS context send this certificate.
    func use(in context: OpaquePointer) throws(TransportError) {
        SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in 0 }  // otherwise OpenSSL asks the terminal for one
        ERR_clear_error()
        switch source {
        case .files(let certificate, let key):
            for path in [certificate, key] {
                guard access(path, R_OK) != 0 else { continue }
                throw TransportError(.invalidRequest, "\(path) cannot be read: \(SystemError(errno))")
            }
            guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
                throw Self.noCertificate(certificate)
            }
            guard SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 else { throw Self.noKey(key) }
        case .memory(let certificate, let key):
            guard PEM.use(certificateChain: certificate, in: context) else {
                throw Self.noCertificate("the certificate's text")
            }
            guard PEM.use(privateKey: key, in: context) else { throw Self.noKey("the private key's text") }
        }
    }

    private static func noCertificate(_ place: String) -> TransportError {
        TransportError(
            .invalidRequest, "\(place) is no certificate in PEM form (OpenSSL says \"\(OpenSSLError.text)\")")
    }

    private static func noKey(_ place: String) -> TransportError {
        TransportError(
            .invalidRequest,
            "\(place) is no private key in PEM form without a passphrase, or not that of the certificate "
                + "(OpenSSL says \"\(OpenSSLError.text)\")")
    }
}

/// Reads PEM texts in memory into OpenSSL's objects.
enum PEM {
    /// Sets the first certificate as the context's own and the others as its chain.
    /// - Returns: false when there is none or OpenSSL refuses one; its error queue says why.
    static func use(certificateChain text: [UInt8], in context: OpaquePointer) -> Bool {
        var isFirst = true
        return forEachCertificate(in: text) { certificate in
            defer { isFirst = false }
            return isFirst
                ? SSL_CTX_use_certificate(context, certificate) == 1
                : openssl_add_chain_certificate(context, certificate) == 1
        }
    }

    /// Sets the context's private key, which must be that of its certificate.
    static func use(privateKey text: [UInt8], in context: OpaquePointer) -> Bool {
        text.withUnsafeBytes { text in
            guard let memory = BIO_new_mem_buf(text.baseAddress, Int32(clamping: text.count)) else { return false }
            defer { BIO_free(memory) }
            guard let key = PEM_read_bio_PrivateKey(memory, nil, { _, _, _, _ in 0 }, nil) else { return false }
            defer { EVP_PKEY_free(key) }
            return SSL_CTX_use_PrivateKey(context, key) == 1
        }
    }

    /// Calls the body with each certificate of a text, until it returns false.
    /// - Returns: whether there was one, and the body took them all.
    static func forEachCertificate(in text: [UInt8], _ body: (OpaquePointer) -> Bool) -> Bool {
        text.withUnsafeBytes { text in
            guard let memory = BIO_new_mem_buf(text.baseAddress, Int32(clamping: text.count)) else { return false }
            defer { BIO_free(memory) }
            var count = 0
            while let certificate = PEM_read_bio_X509(memory, nil, nil, nil) {
                defer { X509_free(certificate) }
                guard body(certificate) else { return false }
                count += 1
            }
            if count > 0 { ERR_clear_error() }  // the end of the text is an error in the queue
            return count > 0
        }
    }
}
