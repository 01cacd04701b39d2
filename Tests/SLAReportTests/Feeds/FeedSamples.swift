import Basics
import SLAReport
import ServiceHistory

extension SLAReportInput.Service {
    /// A service with a result each minute until noon; the last ones as given: `+` good, `-` bad, `~` half of two.
    static func sample(
        _ name: String = "api", group: String? = "shop", last: String = "", count: Int = 120, until end: Int = 0,
        seconds: Double? = 0.123, maintenance: [Range<Timestamp>] = []
    ) -> SLAReportInput.Service {
        let marks = Array(last)
        let points = (0..<count).map { index -> HistoryPoint in
            let mark = index + marks.count >= count ? marks[index + marks.count - count] : "+"
            return HistoryPoint(
                start: minutes(end - count + index), length: .seconds(60), attempts: mark == "~" ? 2 : 1,
                successes: mark == "-" ? 0 : 1, seconds: seconds)
        }
        return .init(
            id: ([group, name].compactMap { $0 }.joined(separator: "-")).lowercased(), displayName: name, group: group,
            history: ServiceHistory(
                name: name, group: group, kind: .check, points: points, maintenance: maintenance))
    }
}

extension SLAReportInput {
    static func sample(_ services: [Service] = [.sample()], incidents: [Incident] = []) -> SLAReportInput {
        SLAReportInput(
            title: "Example", generatedAt: noon, baseURL: "https://status.example.com", services: services,
            incidents: incidents)
    }

    func file(_ path: String) -> String? {
        feedFiles().first { $0.path == path }.map { String(decoding: $0.bytes, as: UTF8.self) }
    }
}
