internal import Basics
internal import JSON
internal import ServiceHistory

extension SLAReportInput {
    /// The ranges of badges, as Gatus has them, and 90 days: those of which all days were read.
    var badgeRanges: [Range] {
        [("24h", 1), ("7d", 7), ("30d", 30), ("90d", 90)].filter { $0.1 <= max(1, days) }
            .map { Range(text: $0.0, length: .seconds($0.1 * 86_400)) }
    }

    /// Pictures of each service for other pages, under `badges/<key>/`: `uptime-7d.svg`, `response-time-7d.svg` and
    /// `health.svg`, and `uptime-7d.json` and `health.json` for shields.io.
    ///
    /// Keys are those of Gatus, `group_name`.
    public func badgeFiles() -> [ReportFile] { badgeFiles(conditions) }

    func badgeFiles(_ conditions: [ServiceCondition]) -> [ReportFile] {
        zip(zip(services, badgeKeys), conditions).flatMap { pair, condition in
            files(of: pair.0, key: pair.1, condition)
        }
    }

    private func files(of service: Service, key: String, _ condition: ServiceCondition) -> [ReportFile] {
        let health = Badge(health: condition)
        var files = [file(key, "health", health, service), shieldsFile(key, "health", health)]
        for range in badgeRanges {
            let availability = service.history.availability(in: (generatedAt - range.length)..<generatedAt)
            let uptime = Badge(uptime: (availability.successes, availability.attempts), range: range.text)
            files.append(file(key, "uptime-\(range.text)", uptime, service))
            files.append(shieldsFile(key, "uptime-\(range.text)", uptime))
            let time = Badge(responseTime: availability.seconds, range: range.text)
            files.append(file(key, "response-time-\(range.text)", time, service))
        }
        return files
    }

    private func file(_ key: String, _ name: String, _ badge: Badge, _ service: Service) -> ReportFile {
        ReportFile(
            path: "badges/\(key)/\(name).svg", contentType: "image/svg+xml", bytes: badge.svg(of: service.fullName))
    }

    private func shieldsFile(_ key: String, _ name: String, _ badge: Badge) -> ReportFile {
        ReportFile(
            path: "badges/\(key)/\(name).json", contentType: "application/json; charset=utf-8",
            bytes: badge.shields.serialized())
    }

    /// The folder of each service's badges, in their order.
    ///
    /// Different services can have one key: each of those gets a digest of its name behind it, so that none shows the
    /// state of another, also when one of them comes or goes.
    public var badgeKeys: [String] {
        let keys = services.map { Self.badgeKey(group: $0.group, name: $0.displayName) }
        let counts = Dictionary(keys.map { ($0, 1) }, uniquingKeysWith: +)
        var used = Set(keys.filter { counts[$0] == 1 })
        return zip(keys, services).map { key, service in
            guard counts[key, default: 0] > 1 else { return key }
            let names = "\(service.group ?? "")\n\(service.displayName)\n\(service.id)"
            var unique = key + "-" + Digest.sha256Hex(names).prefix(8)
            // Another service can be called like this.
            while !used.insert(unique).inserted { unique += "-" }
            return unique
        }
    }

    /// Gatus's key of an endpoint; what has a meaning in a path or an address is a hyphen, too, and a long name is cut.
    static func badgeKey(group: String?, name: String) -> String { sanitized(group ?? "") + "_" + sanitized(name) }

    private static func sanitized(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.lowercased().trimmingWhitespace.unicodeScalars {
            let isKept = scalar.value > 0x9F ? scalar.isShown : scalar.isPlain
            result.append(isKept ? scalar : "-")
        }
        let key = String(result)
        guard key.utf8.count > 80 else { return key }
        var (cut, used) = (String.UnicodeScalarView(), 0)
        for scalar in result {
            used += String(scalar).utf8.count
            if used > 60 { break }
            cut.append(scalar)
        }
        return String(cut) + "-" + Digest.sha256Hex(text).prefix(8)
    }
}

extension Unicode.Scalar {
    /// Letters, digits and `-`, which nothing takes for anything else.
    fileprivate var isPlain: Bool { value < 0x80 && (UInt8(value).isASCIIAlphanumeric || self == "-") }

    /// Neither a space nor what is not shown; XML, in which S3 lists its keys, cannot hold all of these.
    fileprivate var isShown: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default: self != "\u{FFFD}"
        }
    }
}
