/// The parts of an absolute URL that a signature covers, as they are: ASCII, percent-encoded.
struct SignedURL {
    /// With the separator: `https://`.
    var scheme: Substring
    /// `host` or `host:port`.
    var authority: Substring
    /// Empty, or from its first slash.
    var path: Substring
    /// Without the question mark; empty when there is none.
    var query: Substring

    init(_ url: String) {
        let bytes = url.utf8
        let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.startIndex
        let start = bytes.index(colon, offsetBy: 3, limitedBy: bytes.endIndex) ?? bytes.endIndex
        let mark = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
        let slash = bytes[start..<max(start, mark)].firstIndex(of: UInt8(ascii: "/")) ?? max(start, mark)
        scheme = url[..<start]
        authority = url[start..<slash]
        path = url[slash..<max(slash, mark)]
        query = Substring(bytes[mark...].dropFirst())
    }

    /// What an HTTP client puts into `Host`: lower case, without the scheme's own port.
    var host: String {
        let standardPort = scheme == "https://" ? ":443" : ":80"
        let host = authority.lowercased()
        return host.hasSuffix(standardPort) ? String(host.dropLast(standardPort.count)) : host
    }

    /// `name=value` pairs sorted by name, then value, each with its equals sign.
    var sortedQuery: String {
        if query.isEmpty { return "" }
        let items = query.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).map { item in
            let equals = item.firstIndex(of: UInt8(ascii: "=")) ?? item.endIndex
            return (Substring(item[..<equals]), Substring(item[equals...].dropFirst()))
        }
        return items.sorted(by: <).map { "\($0)=\($1)" }.joined(separator: "&")
    }

    /// The path without `.`, `..` and empty segments, encoded once more: the canonical form for everything but S3.
    var normalizedPath: String {
        var segments: [Substring] = []
        for segment in path.utf8.split(separator: UInt8(ascii: "/")).map(Substring.init) where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        let end = path.utf8.last == UInt8(ascii: "/") && !segments.isEmpty ? "/" : ""
        return percentEncoded("/" + segments.joined(separator: "/") + end, keeping: "/")
    }
}
