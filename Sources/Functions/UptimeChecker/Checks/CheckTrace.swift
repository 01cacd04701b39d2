import Basics
import Transport

extension Observation {
    /// The most header fields that a trace shows.
    private static let tracedHeaders = 40

    /// What happened, a line each: the phases that the check has gone through, then what its kind has noted.
    func trace(of check: Check) -> [String] {
        var lines = ["\(check.target.authority): at most \(check.budget.limit.text)"]
        if timings.nameLookup > .zero { lines.append("name look-up: \(timings.nameLookup.text)") }
        if !ip.isEmpty, !check.endpoint.ui.hidesHostname {
            lines.append("address: \(ip)" + (timings.connect > .zero ? ", connected in \(timings.connect.text)" : ""))
        }
        if let certificate {
            let version = tlsVersion.isEmpty ? "TLS" : tlsVersion
            lines.append("\(version)" + (timings.tls > .zero ? ": handshake in \(timings.tls.text)" : ""))
            lines.append("certificate: \(certificate.subject), by \(certificate.issuer)")
            lines.append("valid from \(certificate.notBefore.iso8601) until \(certificate.notAfter.iso8601)")
        }
        if !httpVersion.isEmpty {
            let time = timings.firstByte > .zero ? " after \(timings.firstByte.text)" : ""
            lines.append("HTTP/\(httpVersion)" + (status > 0 ? " \(status)" : "") + time)
        }
        for field in headers.prefix(Self.tracedHeaders) {
            lines.append("\(field.name): \(Self.shown(field))")
        }
        if !dnsResponseCode.isEmpty { lines.append("response code: \(dnsResponseCode)") }
        if bodyByteCount > 0 { lines.append("body: \(counted(bodyByteCount, "byte")) read") }
        return lines + trace + ["ended after \(check.budget.elapsed.text)"]
    }

    /// The value of a header field without what a server hands out in it: a session, a token.
    private static func shown(_ field: HTTPHeaders.Field) -> String {
        switch field.name.lowercased() {
        case "set-cookie": field.value.prefix { $0 != "=" } + "=***"
        case "location", "content-location", "refresh", "link": String(PublicURL.text(field.value).prefix(300))
        case let name where SecretMask.isCredential(header: name): "***"
        default: String(field.value.prefix(300))
        }
    }
}
