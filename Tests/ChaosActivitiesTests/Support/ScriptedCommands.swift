import Basics
import JSON
import TestSupport

@testable import ChaosActivities

/// Systems Manager with hosts: commands are kept and listed, and go through the states that a test gives.
final class ScriptedCommands: Sendable {
    struct Command: Sendable {
        let number: Int
        let document: String
        let comment: String
        /// Each parameter's text.
        let parameters: [String: String]
        let instances: [String]
        let input: JSONValue
        /// How often it was listed before.
        var polls = 0
        var isCancelled = false

        /// As long as the service's.
        var id: String { "00000000-0000-0000-0000-\(100_000_000_000 + number)" }
    }

    /// What a command is on an instance, and what its step has printed.
    typealias Outcome = (status: String, output: String)

    private struct State {
        var commands: [Command] = []
        var operations: [String] = []
        var hosts: [String: String]
    }

    private let state: Locked<State>
    private let server: ScriptedServer

    /// - Parameters:
    ///   - hosts: the instances, which run.
    ///   - outcome: of a command on an instance; one that was cancelled is `Cancelled` unless this says `Stuck`.
    init(
        _ hosts: [String], outcome: @escaping @Sendable (Command, String) -> Outcome = { _, _ in ("Success", "") }
    ) throws {
        let state = Locked(State(hosts: Dictionary(uniqueKeysWithValues: hosts.map { ($0, "running") })))
        self.state = state
        server = try ScriptedServer { request in Self.answer(request, state, outcome) }
    }

    var url: String { server.url }
    /// The commands so far.
    var commands: [Command] { state.withLock { $0.commands } }
    /// The operations that were called, in order.
    var operations: [String] { state.withLock { $0.operations } }
    func count(_ operation: String) -> Int { operations.count { $0 == operation } }

    /// Changes the state of a host; nil removes it.
    func setState(_ host: String, _ value: String?) { state.withLock { $0.hosts[host] = value } }

    private static func answer(
        _ request: ServerRequest, _ state: Locked<State>,
        _ outcome: @Sendable (Command, String) -> Outcome
    ) -> Reply {
        let fields = formFields(request.body)
        let target = request["X-Amz-Target"].map { String($0.split(separator: ".").last ?? "") }
        let operation = target ?? fields.first { $0.name == "Action" }?.value ?? ""
        state.withLock { $0.operations.append(operation) }
        let input = (try? JSONValue(parsing: request.body)) ?? .null
        switch operation {
        case "DescribeInstances": return describe(fields.map(\.value), state)
        case "SendCommand": return send(input, state)
        case "CancelCommand":
            state.withLock { state in
                for index in state.commands.indices where input["CommandId"] == .string(state.commands[index].id) {
                    state.commands[index].isCancelled = true
                }
            }
            return .json([:])
        case "ListCommandInvocations": return list(input, state, outcome)
        default: return .fault("Unexpected", "no answer to \(operation)")
        }
    }

    private static func describe(_ values: [String], _ state: Locked<State>) -> Reply {
        let hosts = state.withLock { $0.hosts }
        let named = values.filter { $0.hasPrefix("i-") }
        if let unknown = named.first(where: { hosts[$0] == nil }) {
            return .ec2Fault("InvalidInstanceID.NotFound", "The instance ID '\(unknown)' does not exist")
        }
        let chosen = hosts.filter { host in
            named.isEmpty ? !values.contains("running") || host.value == "running" : named.contains(host.key)
        }
        return .instances(chosen.sorted { $0.key < $1.key }.map { ScriptedInstance(id: $0.key, state: $0.value) })
    }

    private static func send(_ input: JSONValue, _ state: Locked<State>) -> Reply {
        let parameters = (input["Parameters"]?.objectValue ?? [:]).map { ($0.key, $0.value[0]?.stringValue ?? "") }
        return state.withLock { state in
            let command = Command(
                number: state.commands.count + 1, document: input["DocumentName"]?.stringValue ?? "",
                comment: input["Comment"]?.stringValue ?? "",
                parameters: Dictionary(parameters) { first, _ in first }, instances: input["InstanceIds"]?.texts ?? [],
                input: input)
            state.commands.append(command)
            return .json(["Command": ["CommandId": .string(command.id), "Status": "Pending"]])
        }
    }

    private static func list(
        _ input: JSONValue, _ state: Locked<State>, _ outcome: @Sendable (Command, String) -> Outcome
    ) -> Reply {
        let wanted = (command: input["CommandId"]?.stringValue, host: input["InstanceId"]?.stringValue)
        return state.withLock { state in
            var found: [JSONValue] = []
            for index in state.commands.indices {
                let command = state.commands[index]
                guard wanted.command == nil || wanted.command == command.id else { continue }
                state.commands[index].polls += 1
                for host in command.instances where wanted.host == nil || wanted.host == host {
                    found.append(invocation(command, host, outcome(command, host)))
                }
            }
            return .json(["CommandInvocations": .array(found)])
        }
    }

    private static func invocation(_ command: Command, _ host: String, _ outcome: Outcome) -> JSONValue {
        let status = outcome.status == "Stuck" ? "InProgress" : command.isCancelled ? "Cancelled" : outcome.status
        return [
            "CommandId": .string(command.id), "InstanceId": .string(host), "Comment": .string(command.comment),
            "DocumentName": .string(command.document), "Status": .string(status), "StatusDetails": .string(status),
            "RequestedDateTime": .double(1_800_000_000 + Double(command.number)),
            "CommandPlugins": [
                [
                    "Name": "fault", "Status": .string(status), "ResponseCode": JSONValue(status == "Success" ? 0 : 3),
                    "Output": .string(outcome.output),
                ]
            ],
        ]
    }
}
