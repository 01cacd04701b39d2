import Basics
import JSON

extension AlertGroup {
    /// The stored form.
    var json: JSONValue {
        var object: JSONObject = [
            "output": .string(id.output), "created": .integer(created.microseconds), "sequence": .init(sequence),
            "labels": .array(id.labels.map { [.string($0.name), .string($0.value)] }),
            "wait": .integer(Self.number(times.wait)), "interval": .integer(Self.number(times.interval)),
            "members": .array(members.map(\.json)),
        ]
        if id.isHold { object["hold"] = true }
        if let repeats = times.repeats { object["repeat"] = .integer(Self.number(repeats)) }
        if let lastFlush { object["lastFlush"] = .integer(lastFlush.microseconds) }
        if failures > 0 { object["failures"] = .init(failures) }
        if let nextFlush { object["nextFlush"] = .integer(nextFlush.microseconds) }
        if let log {
            object["log"] = [
                "at": .integer(log.at.microseconds), "firing": .array(log.firing.sorted().map { .string($0) }),
                "resolved": .array(log.resolved.sorted().map { .string($0) }),
            ]
        }
        return .object(object)
    }

    /// Reads the stored form; nil for anything else.
    init?(_ json: JSONValue) {
        guard let output = json["output"]?.stringValue, let labels = json["labels"]?.arrayValue,
            let wait = json["wait"]?.intValue, let interval = json["interval"]?.intValue,
            let created = json["created"]?.intValue, let members = json["members"]?.arrayValue
        else { return nil }
        let isHold = json["hold"]?.boolValue ?? false
        let log = json["log"]?["at"]?.intValue.map { at in
            Log(
                firing: Set((json["log"]?["firing"]?.arrayValue ?? []).compactMap(\.stringValue)),
                resolved: Set((json["log"]?["resolved"]?.arrayValue ?? []).compactMap(\.stringValue)),
                at: Timestamp(microseconds: at))
        }
        self.init(
            GroupID(
                output: output,
                labels: labels.map { .init(name: $0[0]?.stringValue ?? "", value: $0[1]?.stringValue ?? "") },
                isHold: isHold),
            GroupTimes(
                wait: .microseconds(wait), interval: .microseconds(interval),
                repeats: json["repeat"]?.intValue.map { .microseconds($0) }, isHold: isHold),
            created: Timestamp(microseconds: created), members: members.compactMap { Member($0) }, log: log,
            sequence: json["sequence"]?.intValue.flatMap { Int(exactly: $0) } ?? 0,
            lastFlush: json["lastFlush"]?.intValue.map { Timestamp(microseconds: $0) },
            nextFlush: json["nextFlush"]?.intValue.map { Timestamp(microseconds: $0) },
            failures: json["failures"]?.intValue.flatMap { Int(exactly: $0) } ?? 0)
    }

    private static func number(_ duration: Duration) -> Int64 { Int64(duration / .microseconds(1)) }
}

extension AlertGroup.Member {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "notification": notification.stored, "since": .integer(since.microseconds),
        ]
        if let firing, firing != notification { object["firing"] = firing.stored }
        if firing == nil { object["firing"] = .some(.null) }
        if !mentions.isEmpty { object["mentions"] = .array(mentions.map { .string($0.text) }) }
        if wasTold { object["wasTold"] = true }
        if isAcknowledged { object["acknowledged"] = true }
        if let route { object["route"] = .string(route) }
        if !mutedBy.isEmpty { object["mutedBy"] = .array(mutedBy.map { .string($0) }) }
        return .object(object)
    }

    fileprivate init?(_ json: JSONValue) {
        guard let notification = json["notification"].flatMap({ Notification(stored: $0) }),
            let since = json["since"]?.intValue
        else { return nil }
        self.init(
            notification: notification, firing: nil,
            mentions: (json["mentions"]?.arrayValue ?? []).compactMap { $0.stringValue.flatMap { Mention($0) } },
            since: Timestamp(microseconds: since), wasTold: json["wasTold"]?.boolValue ?? false,
            isAcknowledged: json["acknowledged"]?.boolValue ?? false, route: json["route"]?.stringValue,
            mutedBy: (json["mutedBy"]?.arrayValue ?? []).compactMap(\.stringValue))
        // Left out where it is the same; null where there is none.
        firing = json["firing"].map { Notification(stored: $0) } ?? notification
    }
}
