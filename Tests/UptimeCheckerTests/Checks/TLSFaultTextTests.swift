import Basics
import Testing
import Transport

@testable import UptimeChecker

@Suite struct TLSFaultTextTests {
    @Test(
        "what OpenSSL says about TLS becomes a sentence",
        arguments: [
            (
                TransportError.Code.tlsFailed, "TLS handshake with a:1 failed: ", "wrong version number",
                "it does not speak TLS on this port"
            ),
            (
                .tlsFailed, "TLS handshake with a:1 failed: ",
                "TLS connect error: error:0A000410:SSL routines::ssl/tls alert handshake failure",
                "it shares no cipher with this program, or wants a client certificate"
            ),
            (
                .tlsFailed, "TLS handshake with a:1 failed: ", "tlsv1 alert protocol version",
                "it takes none of the versions of TLS that it is offered"
            ),
            (
                .tlsFailed, "TLS handshake with a:1 failed: ", "error:0A000126:SSL routines::something new",
                "OpenSSL says \"something new\""
            ),
            (
                .tlsFailed, "TLS handshake with a:1 failed: ",
                "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to 127.0.0.1:45725 ",
                "it closed the connection"
            ),
            (
                .tlsFailed, "TLS handshake with a:1 failed: ", "something about 127.0.0.1:45725",
                "OpenSSL says \"something about 127.0.0.1:45725\""
            ),
            (.tlsFailed, "a:1 does not speak TLS", "", ""),
            (
                .certificateRejected, "the certificate of a:1 was rejected: ",
                "SSL certificate problem: certificate has expired",
                "it has expired"
            ),
            (
                .certificateRejected, "the certificate of a:1 was rejected: ", "hostname mismatch",
                "it is for another name"
            ),
            (
                .certificateRejected, "the certificate of a:1 was rejected: ",
                "SSL: no alternative certificate subject name matches target host name 'a'", "it is for another name"
            ),
            (
                .certificateRejected, "the certificate of a:1 was rejected: ", "self-signed certificate",
                "it is self-signed"
            ),
            (
                .certificateRejected, "the certificate of a:1 was rejected: ", "certificate is not yet valid",
                "it is not valid yet"
            ),
        ])
    func sentences(code: TransportError.Code, start: String, text: String, sentence: String) {
        let error = CheckError(of: TransportError(code, start + text))
        #expect(error.message == start + sentence)
    }
}
