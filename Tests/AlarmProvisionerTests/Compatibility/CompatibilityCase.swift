import AWS
import Basics
import CloudWatchAlarms
import Foundation
import JSON
import Synchronization
import TestSupport
import Transport

@testable import AlarmProvisioner

/// A case of Tools/alarms-oracle: its resources on moto, and what the other program made of them.
struct CompatibilityCase {
    static let scope = AlarmScope(account: "123456789012", region: "eu-central-1")
    private static let samples = Workspace.root.appending(path: "Tests/AlarmProvisionerTests/Compatibility/Samples")
    private static let loop = Result { try EventLoop.onOwnThread() }
    /// Of this suite alone, whose cases run one after the other, each on an empty one.
    private static let moto = Result { try MotoServer() }

    let name: String
    let folder: URL
    let document: JSONValue
    let aws: AWSConfiguration
    /// Values that moto invented, by the name that stands for them.
    private(set) var saved: [String: String] = [:]

    /// Empties moto and makes the case's resources.
    init(_ kind: String, _ name: String) async throws {
        self.name = name
        folder = Self.samples.appending(path: kind).appending(path: name)
        document = try JSONValue(parsing: [UInt8](Data(contentsOf: folder.appending(path: "case.json"))))
        let (moto, client) = (try Self.moto.get(), HTTPClient(loop: try Self.loop.get()))
        _ = try await client.execute(HTTPRequest("POST", moto.url + "/moto-api/reset"))
        let details = document["platformDetails"]?.objectValue?.compactMap { ($0.key, $0.value.stringValue ?? "") }
        let http = PlatformDetails(base: client, details: Dictionary(details ?? []) { $1 })
        aws = try AWSConfiguration(environment: moto.environment, http: http, time: .live(Self.loop.get()))
        for call in document["setup"]?.arrayValue ?? [] { try await setUp(call) }
    }

    /// Names of the cases of a program.
    static func names(_ kind: String) -> [String] {
        let folder = samples.appending(path: kind).path
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// The variables of the program, as both have them.
    var environment: [String: String] {
        Dictionary((document["environment"]?.objectValue ?? [:]).map { ($0.key, $0.value.stringValue ?? "") }) { $1 }
    }

    func client(_ service: AWSService) throws -> AWSClient { try AWSClient(service, configuration: aws) }

    private mutating func setUp(_ call: JSONValue) async throws {
        let services: [String: AWSService] = ["ec2": .ec2, "route53": .route53, "cloudwatch": .cloudWatch]
        guard let service = call["service"]?.stringValue.flatMap({ services[$0] }),
            let operation = call["operation"]?.stringValue
        else { throw CaseError(text: "unknown call \(call)") }
        let output = try await client(service).call(operation, filled(call["input"] ?? [:]))
        for (name, path) in call["save"]?.objectValue ?? [:] {
            let value = (path.stringValue ?? "").split(separator: ".").reduce(Optional(output)) { value, step in
                Int(step).map { value?[$0] ?? .null } ?? value?[String(step)]
            }
            saved[name] = value?.stringValue
        }
    }

    /// A value with what moto invented for `{name}`.
    func filled(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text):
            .string(saved.reduce(text) { $0.replacingBytes("{\($1.key)}", with: $1.value) })
        case .array(let elements): .array(elements.map { filled($0) })
        case .object(let members): .object(JSONObject(members.map { ($0.key, filled($0.value)) }))
        default: value
        }
    }

    // MARK: Comparison

    /// Puts the alarms, and says how what `DescribeAlarms` then tells differs from what the other program made.
    func differences(_ alarms: [DesiredAlarm]) async throws -> [String] {
        let cloudWatch = try client(.cloudWatch)
        for desired in alarms { _ = try await cloudWatch.call("PutMetricAlarm", desired.alarm.request) }
        var ours: [String: [String: String]] = [:]
        for try await page in cloudWatch.pages("DescribeAlarms") {
            for alarm in page["MetricAlarms"]?.arrayValue ?? [] { add(alarm, to: &ours) }
        }
        var theirs: [String: [String: String]] = [:]
        let recorded = try JSONValue(parsing: [UInt8](Data(contentsOf: folder.appending(path: "alarms.json"))))
        for alarm in recorded.arrayValue ?? [] { add(alarm, to: &theirs) }
        var result = Set(ours.keys).subtracting(theirs.keys).map { "only ours: \($0)" }
        result += Set(theirs.keys).subtracting(ours.keys).map { "only theirs: \($0)" }
        for (name, settings) in theirs {
            guard let our = ours[name] else { continue }
            for setting in Set(settings.keys).union(our.keys) where settings[setting] != our[setting] {
                result.append("\(name): \(setting): \(settings[setting] ?? "-") → \(our[setting] ?? "-")")
            }
        }
        return result.sorted()
    }

    private static let settings = [
        "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions", "MetricName",
        "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit", "EvaluationPeriods",
        "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData", "Metrics", "ThresholdMetricId",
    ]

    private func add(_ alarm: JSONValue, to alarms: inout [String: [String: String]]) {
        var values: [String: String] = [:]
        for setting in Self.settings {
            guard let value = alarm[setting], !value.isNull, value != [] else { continue }
            values[setting] = Self.normal(value)
        }
        let name = alarm["AlarmName"]?.stringValue ?? ""
        alarms[normalText(name)] = values.mapValues { normalText($0) }
    }

    /// With names instead of what moto invented.
    private func normalText(_ text: String) -> String {
        saved.reduce(text) { $0.replacingBytes($1.value, with: "{\($1.key)}") }
    }

    /// Numbers without a useless fraction, members and dimensions in order.
    private static func normal(_ value: JSONValue) -> String {
        if let number = value.doubleValue { return "\(number)" }
        if let text = value.stringValue { return text }
        if let elements = value.arrayValue {
            let texts = elements.map { normal($0) }
            let isSet = elements.first?["Value"] != nil
            return "[" + (isSet ? texts.sorted() : texts).joined(separator: ", ") + "]"
        }
        guard let members = value.objectValue else { return value.description }
        return "{"
            + members.filter { !$0.value.isNull }.map { "\($0.key): \(normal($0.value))" }.sorted()
            .joined(separator: ", ") + "}"
    }

    struct CaseError: Error { var text: String }
}

/// Adds `platformDetails`, which moto's images lack, to responses; the oracle does so, too.
private struct PlatformDetails: HTTPExecuting {
    let base: HTTPClient
    let details: [String: String]

    func execute(_ request: HTTPRequest) async throws -> HTTPResponse {
        var response = try await base.execute(request)
        var text = String(decoding: response.body, as: UTF8.self)
        guard !details.isEmpty, text.contains("DescribeImagesResponse") else { return response }
        for (image, detail) in details {
            let id = "<imageId>\(image)</imageId>"
            text = text.replacingOccurrences(of: id, with: id + "<platformDetails>\(detail)</platformDetails>")
        }
        response.body = Array(text.utf8)
        return response
    }
}

extension Alarm {
    /// The input of `PutMetricAlarm` for the conditions that both forms have.
    fileprivate var request: JSONValue {
        var input: JSONObject = [
            "AlarmName": .string(name), "AlarmDescription": .string(description),
            "AlarmActions": .array(actions.alarm.map { .string($0) }),
            "OKActions": .array(actions.ok.map { .string($0) }),
            "InsufficientDataActions": .array(actions.insufficientData.map { .string($0) }),
        ]
        guard case .metric(let condition) = condition else { return .object(input) }
        input["EvaluationPeriods"] = JSONValue(condition.evaluationPeriods)
        if condition.datapointsToAlarm != condition.evaluationPeriods {
            input["DatapointsToAlarm"] = JSONValue(condition.datapointsToAlarm)
        }
        if condition.missingData != .missing { input["TreatMissingData"] = .string(condition.missingData.rawValue) }
        switch condition.threshold {
        case .value(let comparison, let value):
            input["ComparisonOperator"] = .string(comparison.rawValue)
            input["Threshold"] = JSONValue(floatLiteral: value)
        case .band(let comparison, let query):
            input["ComparisonOperator"] = .string(comparison.rawValue)
            input["ThresholdMetricId"] = .string(query)
        }
        switch condition.data {
        case .metric(let metric):
            input["Namespace"] = .string(metric.namespace)
            input["MetricName"] = .string(metric.metric)
            input["Dimensions"] = metric.dimensionList
            input[metric.statistic.hasPrefix("p") ? "ExtendedStatistic" : "Statistic"] = .string(metric.statistic)
            input["Period"] = JSONValue(metric.period)
            if let unit = metric.unit { input["Unit"] = .string(unit) }
        case .queries(let queries): input["Metrics"] = .array(queries.map(\.request))
        }
        return .object(input)
    }
}

extension MetricStatistic {
    fileprivate var dimensionList: JSONValue {
        .array(dimensions.sorted { $0.key < $1.key }.map { ["Name": .string($0.key), "Value": .string($0.value)] })
    }
}

extension MetricQuery {
    /// Without `ReturnData`, which is true when it is left out.
    fileprivate var request: JSONValue {
        var query: JSONObject = ["Id": .string(id)]
        if !returnsData { query["ReturnData"] = false }
        if let label { query["Label"] = .string(label) }
        switch source {
        case .expression(let text, _): query["Expression"] = .string(text)
        case .metric(let metric, _):
            query["MetricStat"] = [
                "Metric": [
                    "Namespace": .string(metric.namespace), "MetricName": .string(metric.metric),
                    "Dimensions": metric.dimensionList,
                ],
                "Stat": .string(metric.statistic), "Period": JSONValue(metric.period),
            ]
        }
        return .object(query)
    }
}
