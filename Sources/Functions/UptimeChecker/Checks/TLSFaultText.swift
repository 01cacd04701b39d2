import Basics
import Transport

/// Says in a sentence what OpenSSL and libcurl say in their own terms about a TLS handshake that failed.
enum TLSFaultText {
    /// A part of OpenSSL's text, and what it means; the subject of all is the server, or its certificate.
    ///
    /// The first that fits counts.
    private static let handshakes: [(part: StaticString, meaning: StaticString)] = [
        ("wrong version number", "it does not speak TLS on this port"),
        ("packet length too long", "it does not speak TLS on this port"),
        ("http request", "it does not speak TLS on this port"),
        ("record layer failure", "it does not speak TLS on this port"),
        ("alert protocol version", "it takes none of the versions of TLS that it is offered"),
        ("unsupported protocol", "it speaks none of the versions of TLS that it is offered"),
        ("alert handshake failure", "it shares no cipher with this program, or wants a client certificate"),
        ("no shared cipher", "it shares no cipher with this program"),
        ("insufficient security", "it wants stronger ciphers than this program has"),
        ("certificate required", "it wants a client certificate"),
        ("alert unknown ca", "it does not trust the issuer of the client certificate"),
        ("alert bad certificate", "it does not take the client certificate"),
        ("alert certificate expired", "the client certificate has expired"),
        ("unrecognized name", "it serves no site of this name"),
        ("alert internal error", "it has reported an internal error"),
        ("key too small", "its key is too short to be safe"),
        ("md too weak", "its certificate is signed in a way that is no longer safe"),
        ("legacy renegotiation", "it can only renegotiate in a way that is not safe"),
        ("unexpected eof", "it closed the connection"), ("close_notify", "it closed the connection"),
        ("SSL_ERROR_SYSCALL", "it closed the connection"), ("Connection reset by peer", "it reset the connection"),
    ]

    private static let certificates: [(part: StaticString, meaning: StaticString)] = [
        ("has expired", "it has expired"), ("not yet valid", "it is not valid yet"),
        ("self-signed certificate in certificate chain", "the authority at the end of its chain is not trusted here"),
        ("self-signed certificate", "it is self-signed"),
        ("unable to get local issuer", "its issuer is not trusted here, or the server left out a certificate between"),
        ("unable to get issuer", "its issuer is not trusted here, or the server left out a certificate between"),
        ("unable to verify the first", "its issuer is not trusted here, or the server left out a certificate between"),
        ("hostname mismatch", "it is for another name"), ("IP address mismatch", "it is for another address"),
        ("no alternative certificate subject name", "it is for another name"), ("revoked", "it is revoked"),
    ]

    /// The message of an error with what OpenSSL says replaced by what it means.
    static func message(of error: TransportError) -> String {
        let (mark, table) =
            error.code == .certificateRejected ? (" was rejected: ", certificates) : (" failed: ", handshakes)
        let (bytes, end) = (Array(error.message.utf8), Array(mark.utf8))
        guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return error.message }
        let text = String(decoding: bytes[(start + end.count)...], as: UTF8.self)
        return String(decoding: bytes[..<(start + end.count)], as: UTF8.self) + meaning(of: text, table)
    }

    private static func meaning(
        of text: String, _ table: [(part: StaticString, meaning: StaticString)]
    ) -> String {
        if let row = table.first(where: { text.containsBytes("\($0.part)") }) { return "\(row.meaning)" }
        // `error:0A000152:SSL routines::reason`: only the reason says something to a person.
        let parts = text.containsBytes("error:") ? text.split(separator: ":") : []
        let reason = parts.last.map { String($0.trimmingWhitespace) } ?? text
        return "OpenSSL says \"\(reason)\""
    }
}
