import AlarmProvisioner
import CloudWatchAlarms
import Foundation
import TestSupport
import Testing

/// The catalogue against AWS's recommendations, row by row and setting by setting.
struct RecommendedAlarmsTests {
    @Test("AWS recommends 156 alarms, 64 of them without a number")
    func count() {
        #expect(RecommendedAlarm.all.count == 156)
        #expect(RecommendedAlarm.all.count { $0.threshold == nil } == 64)
    }

    @Test("every recommended alarm is in the catalogue, with AWS's settings", arguments: RecommendedAlarm.all)
    func row(_ alarm: RecommendedAlarm) throws {
        let entry = try #require(alarm.entry, "no entry watches \(alarm)")
        #expect(entry.threshold.comparison.rawValue == alarm.expected("comparison", alarm.comparison))
        #expect(entry.period == alarm.period)
        #expect(entry.datapointsToAlarm == alarm.datapoints)
        #expect(entry.evaluationPeriods == alarm.evaluationPeriods)
        #expect(entry.missingData.rawValue == alarm.expected("treat_missing", alarm.missing))
        if let threshold = alarm.threshold {
            #expect(entry.threshold == .value(entry.threshold.comparison, threshold))
        }
    }

    @Test("no two rows are the same entry")
    func distinct() {
        let names = RecommendedAlarm.all.compactMap(\.entry?.name)
        #expect(Set(names).count == 156)
    }

    @Test("every difference is one", arguments: RecommendedAlarm.differences)
    func difference(_ difference: RecommendedAlarm.Difference) throws {
        let alarm = try #require(RecommendedAlarm.all.first { $0.place == difference.place })
        let aws = difference.setting == "comparison" ? alarm.comparison : alarm.missing
        #expect(["comparison", "treat_missing"].contains(difference.setting))
        #expect(aws == difference.aws)
        #expect(difference.ours != difference.aws)
        #expect(!difference.reason.isEmpty)
    }

    /// A new one is a decision: it means that nobody gets the alarm without giving a number.
    @Test("these have no number that is right without knowledge of the traffic")
    func unknownThresholds() {
        let unknown = RecommendedAlarm.all.compactMap(\.entry).filter {
            if case .unknown = $0.threshold { true } else { false }
        }
        #expect(
            Set(unknown.map(\.name)) == [
                "aurora-blocked-transactions", "aurora-free-local-storage", "aurora-storage-throughput",
                "dynamodb-unreplicated-age", "ecs-5xx", "ecs-response-time", "eks-api-list-latency",
                "elasticache-memory", "elasticache-replication-lag", "http-api-count", "http-api-route-count",
                "kinesis-failed-records", "nat-dropped", "rest-api-count", "rest-api-method-count", "sns-delivered",
                "sns-published", "sns-topic-sms-spend", "sns-topic-sms-success", "sqs-messages-visible",
                "vpc-endpoint-service-resets", "websocket-api-count", "websocket-api-route-count",
            ])
    }
}

/// A row of Tools/alarm-catalogue/recommended-alarms.tsv.
struct RecommendedAlarm: Sendable, CustomTestStringConvertible {
    /// What a row is told apart by.
    struct Place: Hashable {
        let namespace, metric, dimensions: String
    }

    /// A row of Tools/alarm-catalogue/differences.tsv.
    struct Difference: Sendable, CustomTestStringConvertible {
        let place: Place
        let setting, aws, ours, reason: String

        var testDescription: String { "\(place.namespace) \(place.metric) by \(place.dimensions): \(setting)" }
    }

    let place: Place
    let statistic, comparison, missing: String
    let threshold: Double?
    let period, datapoints, evaluationPeriods: Int

    var testDescription: String { "\(place.namespace) \(place.metric) by \(place.dimensions)" }

    static let all: [Self] = rows(of: "recommended-alarms.tsv").compactMap { fields in
        guard fields.count == 10, let period = Int(fields[5]), let datapoints = Int(fields[6]),
            let evaluationPeriods = Int(fields[7])
        else { return nil }
        return Self(
            place: Place(namespace: fields[0], metric: fields[1], dimensions: fields[9]), statistic: fields[2],
            comparison: fields[3], missing: fields[8], threshold: Double(fields[4]), period: period,
            datapoints: datapoints, evaluationPeriods: evaluationPeriods)
    }

    static let differences: [Difference] = rows(of: "differences.tsv").map { fields in
        Difference(
            place: Place(namespace: fields[0], metric: fields[1], dimensions: fields[2]), setting: fields[3],
            aws: fields[4], ours: fields[5], reason: fields[6])
    }

    private static func rows(of file: String) -> [[String]] {
        let url = Workspace.root.appending(path: "Tools/alarm-catalogue/\(file)")
        let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").dropFirst().map { $0.components(separatedBy: "\t") }
    }

    /// What the catalogue should say: AWS's value, or the other one of a difference.
    func expected(_ setting: String, _ aws: String) -> String {
        Self.differences.first { $0.place == place && $0.setting == setting }?.ours ?? aws
    }

    /// The first entry that watches this statistic of this metric by just these dimensions.
    var entry: CatalogueEntry? {
        AlarmCatalogue.entries.first { entry in
            guard case .metric(let metric) = entry.data else { return false }
            return metric.namespace == place.namespace && metric.metric == place.metric
                && metric.statistic == statistic && Self.dimensions(metric) == dimensions
        }
    }

    private var dimensions: Set<String> { Set(place.dimensions.split(separator: ",").map(String.init)) }

    private static func dimensions(_ metric: TemplateMetric) -> Set<String> {
        Set(
            metric.dimensions.map { name, dimension in
                if case .fixed(let value) = dimension { "\(name)=\(value)" } else { name }
            })
    }
}
