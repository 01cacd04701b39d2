import COpenSSL

/// What OpenSSL has to say about the last failure on this thread.
enum OpenSSLError {
    /// The reason of the first error in its queue, which is emptied.
    static var text: String {
        let code = ERR_get_error()
        ERR_clear_error()
        return ERR_reason_error_string(code).map { String(cString: $0) } ?? "OpenSSL error \(code)"
    }
}
