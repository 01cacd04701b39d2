internal import Basics
internal import ServiceHistory

/// The files of the report function of sla-monitor, which pages of others read: names, shapes, order and formats are
/// its.
///
/// `<env>/services.json`, `<env>/<service>/summary.json` and `<env>/<service>/history/<range>.json`. With
/// ``SLAReportInput/Arithmetic/original`` the numbers are the original's as well, see ``OriginalArithmetic``.
struct OriginalReport {
    private let input: SLAReportInput
    private let logBucket: String?

    /// - Parameter logBucket: `SLARUNNER_S3BUCKETNAME`, in which `sla-runner` keeps its logs.
    init(_ input: SLAReportInput, logBucket: String? = nil) {
        self.input = input
        self.logBucket = logBucket
    }

    /// The names of all services that `sla-runner` tests; the original knew no others.
    func servicesFile() -> ReportFile {
        var json = OriginalJSON()
        var known: Set<String> = []
        json.open("[")
        for service in input.services
        where service.history.kind == .test && known.insert(service.history.name).inserted {
            json.element()
            json.open("{")
            json.member("service")
            json.write(service.history.name)
            json.close("}")
        }
        json.close("]")
        return file("services.json", json.bytes)
    }

    /// The summary of one service, and its history for each range.
    ///
    /// With the original's arithmetic there are no files without results, because a result was what it was called with.
    /// Two weeks of results every minute are some 3 MB, so write the files of a service before those of the next one.
    func files(of service: SLAReportInput.Service) -> [ReportFile] {
        let history = service.history
        let folder = Self.path(history.name)
        let summary: [UInt8]
        var histories: [[UInt8]]
        switch input.arithmetic {
        case .mended:
            let report = MendedSummary(input, history, environment: environment, logBucket: logBucket)
            summary = report.bytes()
            histories = report.histories()
        case .original:
            guard let report = OriginalArithmetic(input, history, logBucket: logBucket) else { return [] }
            summary = report.summary()
            histories = report.histories()
        }
        return [file("\(folder)/summary.json", summary)]
            + zip(input.ranges, histories).map { file("\(folder)/history/\(Self.path($0.text)).json", $1) }
    }

    /// The original's default, for paths.
    private var environment: String { input.environment.isEmpty ? "dev" : input.environment }

    private func file(_ path: String, _ bytes: [UInt8]) -> ReportFile {
        ReportFile(path: "\(Self.path(environment))/\(path)", contentType: "application/json", bytes: bytes)
    }

    /// A name as a part of a path: as it is, but for what would lead out of a folder or cannot be in a file's name.
    static func path(_ name: String) -> String {
        var path: [UInt8] = []
        for part in name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true) {
            if !path.isEmpty { path.append(UInt8(ascii: "/")) }
            let isDots = part.allSatisfy { $0 == UInt8(ascii: ".") }
            for byte in part {
                if byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "\\") || isDots {
                    let digits = String(byte, radix: 16, uppercase: true)
                    path.append(contentsOf: (byte < 0x10 ? "%0" : "%").utf8)
                    path.append(contentsOf: digits.utf8)
                } else {
                    path.append(byte)
                }
            }
        }
        return path.isEmpty ? "_" : String(decoding: path, as: UTF8.self)
    }
}

/// An item of a history file, without the line break before it.
struct OriginalHistoryItem {
    /// Seconds since 1970.
    var timestamp: Int
    var succeeded: Succeeded
    var seconds: Seconds

    /// The original mixes types.
    enum Succeeded {
        case bool(Bool)
        case number(Int)
    }

    /// The original writes null for the result that called it, and nothing for one of CloudWatch.
    enum Seconds {
        case number(Double)
        case null
        case absent
    }
}

/// The history files of several ranges, written in one pass: they are in the order newest first, so a shorter range has
/// the first items of a longer one.
struct OriginalHistories {
    private var json = OriginalJSON()
    /// The length of the text with so many items.
    private var lengths: [Int] = []

    init() {
        json.open("{")
        json.member("history")
        json.open("[")
        lengths = [json.bytes.count]
    }

    mutating func add(_ item: OriginalHistoryItem) {
        json.element()
        json.open("{")
        json.member("timestamp")
        json.write(item.timestamp)
        json.member("succeeded")
        switch item.succeeded {
        case .bool(let value): json.write(value)
        case .number(let value): json.write(value)
        }
        switch item.seconds {
        case .number(let value):
            json.member("testExecutionSecs")
            json.write(value)
        case .null:
            json.member("testExecutionSecs")
            json.writeNull()
        case .absent: break
        }
        json.close("}")
        lengths.append(json.bytes.count)
    }

    /// A file with the first items.
    /// - Parameter reportGeneratedOn: seconds since 1970; nil to leave it out, as the original does.
    func file(_ count: Int, reportGeneratedOn: Int?) -> [UInt8] {
        var bytes = Array(json.bytes[..<lengths[count]])
        bytes.append(contentsOf: (count > 0 ? "\n  ]" : "]").utf8)
        if let reportGeneratedOn { bytes.append(contentsOf: ",\n  \"reportGeneratedOn\": \(reportGeneratedOn)".utf8) }
        bytes.append(contentsOf: "\n}".utf8)
        return bytes
    }
}
