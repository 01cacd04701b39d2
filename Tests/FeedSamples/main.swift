import Basics
import Glibc
import JSON
import SLAReport
import ServiceHistory

/// `feed-samples FOLDER SEED`: the feeds of a report with hostile and with random names, and `expected.json`, which has
/// the texts as they went in. The clock stands: the same seed gives the same bytes.
guard CommandLine.arguments.count == 3, let seed = UInt64(CommandLine.arguments[2]) else {
    print("usage: feed-samples FOLDER SEED")
    exit(64)
}
let folder = CommandLine.arguments[1]
let now = Timestamp(secondsSinceEpoch: 1_796_000_400)

/// Makes the parts of a report of a seed.
struct Samples {
    var random: SeededRandom

    static let hostile = [
        "<script>alert(1)</script>", "]]>", "a & b", "\u{0}\u{1B}[2J", "two\nlines\r\nand three", "🎉🇩🇪 Zürich",
        "\u{202E}drawkcab",
        "\\;,:\"'", "BEGIN:VEVENT", "  ", "../../etc", "\u{FFFE}\u{FFFF}", "\u{85}\u{2028}", "<![CDATA[x", "&#0;&lt;",
        String(repeating: "é", count: 120),
    ]

    mutating func text() -> String {
        if random.next(below: 3) == 0 { return Self.hostile[Int(random.next(below: UInt64(Self.hostile.count)))] }
        let ranges: [ClosedRange<UInt32>] = [
            0...0x7F, 0x20...0x7E, 0x80...0x2FF, 0x2000...0x20FF, 0xFF00...0xFFFF, 0x1F600...0x1F64F,
        ]
        var scalars = String.UnicodeScalarView()
        for _ in 0..<(1 + random.next(below: 40)) {
            let range = ranges[Int(random.next(below: UInt64(ranges.count)))]
            let value = range.lowerBound + UInt32(random.next(below: UInt64(range.count)))
            if let scalar = Unicode.Scalar(value) { scalars.append(scalar) }
        }
        return String(scalars)
    }

    mutating func service(_ number: Int) -> SLAReportInput.Service {
        let (name, group) = (text(), random.next(below: 3) == 0 ? nil : text())
        let points = (1...60).reversed().map { minute in
            HistoryPoint(
                start: now - .seconds(60 * minute), length: .seconds(60), attempts: 1,
                successes: random.next(below: 10) == 0 ? 0 : 1, seconds: Double(random.next(below: 900)) / 1_000)
        }
        return .init(
            id: "s\(number)", displayName: name, group: group,
            history: ServiceHistory(name: name, group: group, kind: .check, points: points))
    }

    mutating func incident(_ number: Int, of services: [SLAReportInput.Service]) -> Incident {
        let isWork = number % 4 == 3
        let opened = now - .seconds(3_600 * (40 - number))
        let window = isWork ? (now + .seconds(3_600 * (number - 7)))..<(now + .seconds(3_600 * (number - 5))) : nil
        var incident = Incident(
            id: "20261129-n\(number)", title: text(), impact: Incident.Impact.allCases[number % 4],
            services: number % 3 == 0 ? [] : [services[number % services.count].displayName], window: window,
            first: .init(
                id: "\(number)-0", time: opened, status: isWork ? .scheduled : .investigating, text: text(),
                author: "secret-author"))
        guard number % 2 == 0, !isWork else { return incident }
        incident.add(.init(id: "\(number)-1", time: opened + .seconds(600), status: .resolved, text: text()))
        return incident
    }
}

var samples = Samples(random: SeededRandom(seed))
let services = (0..<12).map { samples.service($0) }
let incidents = (0..<16).map { samples.incident($0, of: services) }.sorted { $0.createdAt > $1.createdAt }
let input = SLAReportInput(
    title: "Example & <Co>", generatedAt: now, baseURL: "https://status.example.com", services: services,
    incidents: incidents)

func write(_ path: String, _ bytes: [UInt8]) throws {
    let file = "\(folder)/\(path)"
    try makeFolder(String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)]))
    try replaceFile(file, with: bytes, draft: file + ".new")
}

for file in input.feedFiles() { try write(file.path, file.bytes) }
let expected: JSONValue = [
    "title": .string(input.title), "now": .string(now.iso8601),
    "services": .array(
        zip(services, input.badgeKeys).map { service, key in
            [
                "name": .string(service.displayName), "group": service.group.map { .string($0) } ?? .null,
                "key": .string(key),
            ]
        }),
    "incidents": .array(incidents.map { $0.json(at: now) }),
]
try write("expected.json", expected.serialized())
