import AWS
import Basics
import Experiments
import JSON

extension DocumentFault {
    /// The document that takes back the faults of commands on a host; it succeeds only when nothing of them is left.
    private static let revert = "RevertFaults"

    /// Ends the fault on a host, and proves it.
    ///
    /// A command that succeeds has taken its fault back itself. After any other end, by cancelling or by a failure, the
    /// host is asked.
    static let undo = NativeActivity.Undo(
        "cancels the command where it still runs, and has the host prove that its fault has ended",
        calls: [
            .read("ssm:ListCommandInvocations"), .change("ssm:CancelCommand"), .change("ssm:SendCommand"),
            .read("ec2:DescribeInstances"),
        ], capture: SSMCommands.cancel.capture,
        check: { invocation, target, before in
            let found = try await SSMCommands.sent(to: target, before, invocation.inItsRegion.client(.ssm))
            let running = found.filter { !SSMCommandRun.hasEnded($0) }
            // Without commands, and while one runs, it is as with any command.
            guard !found.isEmpty, running.isEmpty else {
                return try await SSMCommands.cancel.check(invocation, target, before)
            }
            let reverts = try await reverts(on: target, before, invocation)
            guard let open = unproven(found, by: reverts) else { return .restored }
            if let end = try await endOfHost(target, invocation) { return .nothingLeft(end) }
            let refused = reverts.last.map { ", and \(revert) did not prove it: \(SSMCommandRun.describe($0))" } ?? ""
            return .stillBroken(
                "whether the fault has ended on \(target.id) is not known, since its command ended with "
                    + "\((open["Status"] ?? .null).pythonText)\(refused)")
        },
        restore: { invocation, target, before in
            try await SSMCommands.cancel.restore(invocation, target, before)
            let client = try invocation.inItsRegion.client(.ssm)
            let found = try await SSMCommands.sent(to: target, before, client)
            guard unproven(found, by: try await reverts(on: target, before, invocation)) != nil,
                try await endOfHost(target, invocation) == nil
            else { return }
            let commands = found.compactMap { $0["CommandId"]?.stringValue }
            let run = SSMCommandRun(
                client: client, time: invocation.time, deadline: invocation.deadline,
                input: [
                    "DocumentName": .string(revert), "Comment": revertComment(before),
                    // Without them the faults of other runs on that host would end, too.
                    "Parameters": ["commandIds": [.string(commands.joined(separator: " "))]],
                    "TimeoutSeconds": JSONValue(deliveryTime),
                ])
            let responses = try await sending(revert) { try await run.send(to: [target.id]) }
            _ = try await run.results(of: responses, on: 1, until: invocation.time.now() + grace)
        })

    /// A command that did not succeed, and after which no success of `RevertFaults` was told.
    private static func unproven(_ commands: [JSONValue], by reverts: [JSONValue]) -> JSONValue? {
        let proof = reverts.filter { $0["Status"] == "Success" }.compactMap(requested).max()
        return commands.first { command in
            command["Status"] != "Success" && !(proof.map { $0 >= (requested(command) ?? $0) } ?? false)
        }
    }

    private static func requested(_ result: JSONValue) -> Timestamp? {
        result["RequestedDateTime"]?.stringValue.flatMap { Timestamp(iso8601: $0) }
    }

    private static func revertComment(_ before: JSONValue) -> JSONValue {
        .string("\((before["comment"] ?? .null).pythonText) undo")
    }

    private static func reverts(
        on target: NativeActivity.Target, _ before: JSONValue, _ invocation: NativeActivity.Invocation
    ) async throws -> [JSONValue] {
        let mine: JSONValue = ["comment": revertComment(before), "time": before["time"] ?? .null]
        return try await SSMCommands.sent(to: target, mine, invocation.inItsRegion.client(.ssm))
    }

    /// Why nothing can be left on a host: it is gone, or it stands still, and faults do not outlast a reboot.
    private static func endOfHost(
        _ target: NativeActivity.Target, _ invocation: NativeActivity.Invocation
    ) async throws -> String? {
        guard let host = try await EC2Instances.find(target.id, invocation.inItsRegion.client(.ec2)) else {
            return "the instance \(target.id) does not exist any more"
        }
        switch host.state {
        case "terminated", "shutting-down", "stopped": return "the instance \(target.id) is \(host.state)"
        default: return nil
        }
    }
}
