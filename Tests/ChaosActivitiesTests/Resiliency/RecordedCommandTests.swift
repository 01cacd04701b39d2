import Basics
import Experiments
import Foundation
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

/// The commands of resiliencyvr's functions, as both generations of the original sent them when they were recorded.
struct RecordedCommandTests {
    struct Record: Sendable, CustomTestStringConvertible {
        let generation: String
        let function: String
        let arguments: JSONObject
        let document: String
        let parameters: [String: String]

        var testDescription: String { "\(function) of \(generation)" }
    }

    static let records: [Record] = {
        let file = Workspace.root.appending(path: "Tests/ChaosActivitiesTests/oracle/resiliency_commands.json")
        guard let data = try? Data(contentsOf: file), let list = try? JSONValue(parsing: Array(data)) else { return [] }
        return list.elements.map { row in
            Record(
                generation: row["generation"]?.stringValue ?? "", function: row["function"]?.stringValue ?? "",
                arguments: row["arguments"]?.objectValue ?? [:], document: row["document"]?.stringValue ?? "",
                parameters: (row["parameters"]?.objectValue ?? [:]).reduce(into: [:]) {
                    $0[$1.key] = $1.value.stringValue
                })
        }
    }()

    /// Names that the original's documents do not have, and ours in their place.
    private static let mended: [String: [String: String]] = [
        // The share of the processors was given as the number of processes.
        "2024 ec2.actions.ec2_stress_cpu": ["cpu": "load"],
        "2024 k8s.actions.pod_stress_cpu": ["cpu": "load"],
        "2024 ec2.actions.ec2_stress_memory": ["numberOfWorkers": "workers", "memoryPercentagePerWorker": "percent"],
        "2024 k8s.actions.pod_stress_memory": ["numberOfWorkers": "workers", "memoryPercentagePerWorker": "percent"],
        "2024 k8s.actions.delete_pod_ssm": ["podNamePatter": "podNamePattern"],
        "2023 ec2.actions.black_hole_elk": ["elkDports": "destinationPorts", "elkSports": "sourcePorts"],
    ]
    /// Documents whose names differ in case.
    private static let documents = [
        "BlackholeByPort": "BlackHoleByPort", "BlackholeByIPAddress": "BlackHoleByIPAddress",
    ]
    /// Parameters whose values were looked up wrongly or elsewhere.
    private static let values: [String: [String: String]] = [
        "s3.actions.blackhole_s3": ["ipAddresses": "192.0.2.0/24"],
        "dynamodb.actions.blackhole_dynamodb": ["ipAddresses": "192.0.2.0/24"],
        // The first endpoint of each broker only.
        "kafka.actions.blackhole_kafka": ["kafkanodes": "b-1 b-2 b-3"],
    ]
    /// What the second generation's defaults add to a function of the first, which has the same name.
    private static let added: [String: Set<String>] = [
        "2023 k8s.actions.pod_stress_network_utilization": ["interface", "portNumber", "portType", "rate"],
        "2023 k8s.actions.pod_blackhole_by_port": ["direction"],
    ]

    private static func aws() throws -> ScriptedAWS {
        let id = "00000000-0000-0000-0000-000000000001"
        let success: JSONValue = [
            "CommandId": .string(id), "InstanceId": "i-1", "Status": "Success", "StatusDetails": "Success",
            "CommandPlugins": [["Name": "check", "Status": "Success", "ResponseCode": 0, "Output": "UP\n"]],
        ]
        return try ScriptedAWS([
            "DescribeInstances": [.instances([.init(id: "i-1")])],
            "DescribeVolumes": [
                .ec2(
                    "DescribeVolumes",
                    """
                    <volumeSet><item><volumeId>vol-1</volumeId><attachmentSet><item><volumeId>vol-1</volumeId>
                    <instanceId>i-1</instanceId><device>/dev/sdf</device></item></attachmentSet></item></volumeSet>
                    """)
            ],
            "DescribeManagedPrefixLists": [
                .ec2(
                    "DescribeManagedPrefixLists",
                    "<prefixListSet><item><prefixListId>pl-1</prefixListId></item></prefixListSet>")
            ],
            "GetManagedPrefixListEntries": [
                .ec2("GetManagedPrefixListEntries", "<entrySet><item><cidr>192.0.2.0/24</cidr></item></entrySet>")
            ],
            "GET /v1/clusters/%3Cmsk_cluster%3E/nodes": [
                .json([
                    "nodeInfoList": [
                        ["brokerNodeInfo": ["endpoints": ["b-1", "b-2"]]], ["zookeeperNodeInfo": [:]],
                        ["brokerNodeInfo": ["endpoints": ["b-3"]]],
                    ]
                ])
            ],
            "SendCommand": [.json(["Command": ["CommandId": .string(id), "Status": "Pending"]])],
            "ListCommandInvocations": [.json(["CommandInvocations": [success]])],
        ])
    }

    /// The parameters of the documents that Terraform creates, by their names.
    private static let ours: [String: Set<String>] = {
        let file = Workspace.root.appending(path: "terraform/aws/modules/tocsin/ssm-documents.json")
        guard let data = try? Data(contentsOf: file), let list = try? JSONValue(parsing: Array(data)) else {
            return [:]
        }
        return (list["documents"]?.objectValue ?? [:]).reduce(into: [:]) { documents, document in
            let names = (document.value["aliases"] ?? []).texts + [document.key]
            for name in names { documents[name] = Set(document.value["parameters"]?.objectValue?.keys ?? []) }
        }
    }()

    @Test(
        "our documents have the parameters that are sent", .enabled(if: !ours.isEmpty, "there are no documents"),
        arguments: records)
    func documentsHaveParameters(_ record: Record) async throws {
        let aws = try Self.aws()
        let clock = TestClock()
        _ = try await Native(
            "resiliencyvr." + record.function, .object(record.arguments), at: aws.url, time: clock.source,
            deadline: clock.now + .seconds(3_600)
        ).run()
        let input = try #require(try aws.inputs("SendCommand").first)
        let known = try #require(Self.ours[input["DocumentName"]?.stringValue ?? ""])
        let sent = input["Parameters"]?.objectValue?.keys ?? []
        #expect(sent.filter { !known.contains($0) } == [])
    }

    @Test("the table was read")
    func table() { #expect(Self.records.count == 46) }

    @Test("a function sends the document and the parameters of the original, except what is mended", arguments: records)
    func same(_ record: Record) async throws {
        let aws = try Self.aws()
        let clock = TestClock()
        let native = try Native(
            "resiliencyvr." + record.function, .object(record.arguments), at: aws.url, time: clock.source,
            deadline: clock.now + .seconds(3_600))
        _ = try await native.run()
        let input = try #require(try aws.inputs("SendCommand").first)
        #expect(input["InstanceIds"] == ["i-1"])
        #expect(input["DocumentName"] == .string(Self.documents[record.document] ?? record.document))

        let name = "\(record.generation) \(record.function)"
        let renamed = Self.mended[name] ?? [:]
        var expected: [String: String] = [:]
        for (parameter, value) in record.parameters {
            expected[renamed[parameter] ?? parameter] = Self.values[record.function]?[parameter] ?? value
        }
        var sent: [String: String] = [:]
        for (parameter, value) in input["Parameters"]?.objectValue ?? [:] {
            #expect(value.elements.count == 1)
            sent[parameter] = value[0]?.stringValue
        }
        for parameter in Self.added[name] ?? [] { #expect(sent.removeValue(forKey: parameter) != nil) }
        #expect(sent == expected)
        // The recorder cannot tell Kafka's operations, which are told by paths.
        let called = native.recorder.actions.filter { !$0.hasPrefix("kafka:") }
        #expect(Set(called).subtracting(native.declared).isEmpty, "what is called is declared")
    }

    @Test("every function of the recording is an activity with the arguments that it has", arguments: records)
    func arguments(_ record: Record) throws {
        let parts = record.function.split(separator: ".")
        let found = ChaosActivities.registry.activity(
            module: "experimentvr." + parts.dropLast().joined(separator: "."), function: String(parts.last ?? ""))
        let activity = try #require(found)
        let missing = record.arguments.keys.filter { name in !activity.arguments.contains { $0.name == name } }
        #expect(missing.isEmpty)
        #expect(!activity.choice.isEmpty)
    }
}
