extension ProxySettings {
    // This machine and the metadata and credential services of a cloud are never outside.
    private static let alwaysDirect = ["localhost", "127.0.0.0/8", "::1", "169.254.0.0/16", "fd00:ec2::/32"]

    /// The proxy to reach a target by, or `nil` to go there directly.
    func proxy(for target: RequestTarget) -> String? {
        guard let proxy = target.isSecure ? https : http, !isException(target.bareHost) else { return nil }
        return proxy
    }

    private func isException(_ host: String) -> Bool {
        let address = SocketAddress(ip: host, port: 0)?.octets
        let name = host.lowercased().trimmingDots()
        return (Self.alwaysDirect + exceptions).contains { exception in
            if exception == "*" { return true }
            if let address { return AddressBlock(exception.trimmingBrackets())?.contains(address) == true }
            let suffix = exception.lowercased().trimmingDots()
            return !suffix.isEmpty && (name == suffix || name.hasSuffix("." + suffix))
        }
    }
}

extension String {
    fileprivate func trimmingDots() -> Substring {
        var text = self[...]
        while text.first == "." { text.removeFirst() }
        while text.last == "." { text.removeLast() }
        return text
    }

    fileprivate func trimmingBrackets() -> Substring { hasPrefix("[") ? dropFirst().prefix { $0 != "]" } : self[...] }
}
