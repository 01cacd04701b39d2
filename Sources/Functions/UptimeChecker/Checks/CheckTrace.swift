import Basics
import Transport

extension Observation {
    /// The most header fields that a trace shows.
    private static let tracedHeaders = 40

    /// What happened, a line each: the phases that the check has gone through, then what its kind has noted.
    func trace(of check: Check) -> [String] {
        var lines = ["\(check.target.authority): at most \(check.budget.limit.text)"]
        if timings.nameLookup > .zero { lines.append("name look-up: \(timings.nameLookup.text)") }
        if !ip.isEmpty {
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
            // The value of a cookie signs its owner in.
            let isCookie = field.name.lowercased() == "set-cookie"
            let value = isCookie ? field.value.prefix { $0 != "=" } + "=***" : field.value.prefix(300)
            lines.append("\(field.name): \(value)")
        }
        if !dnsResponseCode.isEmpty { lines.append("response code: \(dnsResponseCode)") }
        if bodyByteCount > 0 { lines.append("body: \(counted(bodyByteCount, "byte")) read") }
        return lines + trace + ["ended after \(check.budget.elapsed.text)"]
    }
}
