import Basics
import ServiceHistory

/// A service of the report before it is read: what its metrics and what the file say.
struct ReportedService: Sendable {
    let measured: MeasuredService
    let rule: ReportConfiguration.Service?
    /// For names of files and anchors; see ``SLAReportInput/Service/id``.
    let id: String
}

extension [MeasuredService] {
    /// The services of a report, by group and name: those that were found and are not hidden, and those that only the
    /// file has, such as one without results for two weeks, which CloudWatch does not list any more.
    /// - Parameter region: for the dimensions of those that only the file has.
    func reported(_ configuration: ReportConfiguration, region: String) -> [ReportedService] {
        let names = Set(map(\.fullName))
        let missing = configuration.services.filter { !names.contains($0.name) && !$0.isHidden }
        let all = self + missing.map { MeasuredService(unlisted: $0.name, region: region) }
        let visible = all.filter { configuration.service($0.fullName)?.isHidden != true }
        let ids = visible.identifiers
        return zip(visible, ids).map { service, id in
            ReportedService(measured: service, rule: configuration.service(service.fullName), id: id)
        }
    }

    /// An identifier for each, which does not change when others come or go: where two names become the same text, a
    /// part of a hash is added to those that are not written like it.
    private var identifiers: [String] {
        let slugs = map(\.fullName.slug)
        let counts = Dictionary(slugs.map { ($0, 1) }, uniquingKeysWith: +)
        return zip(self, slugs).map { service, slug in
            let isOwner = service.fullName == slug && service.kind == .test
            if !slug.isEmpty, counts[slug] == 1 || isOwner { return slug }
            let hash = Digest.sha256Hex("\(service.kind.rawValue)/\(service.fullName)").prefix(8)
            return slug.isEmpty ? "service-\(hash)" : "\(slug)-\(hash)"
        }
    }
}

extension MeasuredService {
    /// A service that only the file has: a check with a group, a test without one.
    fileprivate init(unlisted name: String, region: String) {
        if let slash = name.firstIndex(of: "/") {
            let (group, rest) = (String(name[..<slash]), String(name[name.index(after: slash)...]))
            self.init(
                name: rest, group: group, kind: .check,
                series: [
                    [
                        MetricDimension(name: "group", value: group), MetricDimension(name: "name", value: rest),
                        MetricDimension(name: "region", value: region),
                    ]
                ])
        } else {
            self.init(
                name: name, group: nil, kind: .test,
                series: [
                    [
                        MetricDimension(name: "Region", value: region), MetricDimension(name: "Service", value: name),
                    ]
                ])
        }
    }
}

extension String {
    /// Lower-case letters, digits and single hyphens of a text, at most 80.
    fileprivate var slug: String {
        var bytes: [UInt8] = []
        for byte in utf8.prefix(200) {
            if byte.isASCIIAlphanumeric {
                bytes.append(byte.asciiLowercased)
            } else if let last = bytes.last, last != UInt8(ascii: "-") {
                bytes.append(UInt8(ascii: "-"))
            }
        }
        bytes = Array(bytes.prefix(80))
        if bytes.last == UInt8(ascii: "-") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
