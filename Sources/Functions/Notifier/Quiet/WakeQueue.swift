import AWS
import Basics
import Events
import JSON

/// A message of the notifier to itself: look at a group when its time has come.
enum Wake: Sendable, Hashable {
    /// One group, by its key.
    case group(String, at: Timestamp)
    /// All of them: after a queue was emptied, or its messages were lost with the machine that held them.
    case allGroups

    private static let name = "tocsin-wake"

    /// The message's body.
    var json: JSONValue {
        switch self {
        case .group(let key, let time):
            [Self.name: ["group": .string(key), "at": .integer(time.microseconds)]]
        case .allGroups: [Self.name: "all"]
        }
    }

    /// Reads a message's body; nil for any other message.
    ///
    /// Whoever may send messages may send this one: a group that is not due is left alone.
    init?(_ value: JSONValue) {
        guard let object = value.objectValue, object.count == 1, let content = object[Self.name] else { return nil }
        if content == "all" {
            self = .allGroups
        } else {
            guard let key = content["group"]?.stringValue, key.hasPrefix(GroupID.prefix),
                let time = content["at"]?.intValue
            else { return nil }
            self = .group(key, at: Timestamp(microseconds: time))
        }
    }
}

extension Notifier {
    /// A message that makes the notifier look at all groups: for who knows that the queue was emptied.
    public static var wakingAllGroups: String { Wake.allGroups.json.description }
}

/// Wakes the notifier when a group is due: by a delayed message in a queue of SQS that invokes it.
///
/// A queue and not EventBridge Scheduler: SQS counts delays in seconds and Scheduler in minutes, a message needs no
/// role and no name, and it comes again until its work is done. A delay has 15 minutes at most, so that a longer wait
/// takes several messages.
///
/// A message is sent before the time that it is for is stored. So every stored time has its message, wherever a
/// process dies in between; one that is for no stored time does nothing.
struct WakeQueue: Sendable {
    static let longestDelay = Duration.seconds(900)

    let time: TimeSource
    /// Sends a message that comes after a delay of whole seconds.
    let send: @Sendable (Wake, _ delay: Duration, _ deadline: Timestamp) async throws -> Void

    /// - Parameter url: that of the queue.
    static func sqs(
        _ url: String, time: TimeSource, aws: @escaping @Sendable () throws -> AWSConfiguration
    ) -> WakeQueue {
        WakeQueue(time: time) { wake, delay, deadline in
            let input: JSONValue = [
                "QueueUrl": .string(url), "MessageBody": .string(wake.json.description),
                "DelaySeconds": .integer(delay.components.seconds),
            ]
            _ = try await AWSClient(.sqs, configuration: aws()).call("SendMessage", input, deadline: deadline)
        }
    }

    /// Wakes for a group at a time, or on the way to it.
    func wake(_ key: String, at due: Timestamp, notBefore: Duration = .zero, until deadline: Timestamp) async throws {
        let left = max(due - time.now(), notBefore)
        // Rounded up: a message before its time would have to be sent again.
        let seconds = Duration.seconds(Int64((left / .seconds(1)).rounded(.up)))
        try await send(.group(key, at: due), min(max(seconds, .zero), Self.longestDelay), deadline)
    }
}
