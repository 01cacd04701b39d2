import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// The event source mappings by which functions get records of queues and streams.
enum EventSourceMappings {
    /// The kind of the targets; their ids are UUIDs.
    private static let kind = "lambda:event-source-mapping"

    /// The mapping `event_uuid`; one that does not exist stays a target, so that Lambda tells that it does not.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.lambda)
        let uuid = invocation.argument("event_uuid")
        var tags: [String: String] = [:]
        if let arn = try await find(uuid, client)?["EventSourceMappingArn"] {
            let output = try await existing(["ResourceNotFoundException"]) {
                try await client.call("ListTags", ["Resource": arn])
            }
            for (key, value) in output?["Tags"]?.objectValue ?? [:] { tags[key] = value.stringValue }
        }
        return [NativeActivity.Target(kind: kind, id: uuid.pythonText, region: client.region, tags: tags)]
    }

    private static func find(_ uuid: JSONValue, _ client: ActivityClient) async throws -> JSONValue? {
        try await existing(["ResourceNotFoundException"]) {
            try await client.call("GetEventSourceMapping", ["UUID": uuid])
        }
    }

    @Sendable static func delete(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let uuid = JSONValue.string(try firstTarget(of: targets).id)
        return try await refusals(\.message) {
            try await invocation.client(.lambda).response("DeleteEventSourceMapping", ["UUID": uuid])
        }
    }

    @Sendable static func toggle(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let uuid = JSONValue.string(try firstTarget(of: targets).id)
        return try await refusals(\.message) {
            try await invocation.client(.lambda).response(
                "UpdateEventSourceMapping", ["UUID": uuid, "Enabled": invocation.argument("enabled")])
        }
    }

    /// The mappings of all pages; chaosaws returns the first.
    @Sendable static func list(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let (source, function) = (invocation.given("source_arn"), invocation.given("function_name"))
        guard source != nil || function != nil else {
            throw ExperimentError.failedActivity(#"must specify at least one of "source_arn" or "function_name""#)
        }
        let client = try invocation.client(.lambda)
        var input: JSONObject = [:]
        input["EventSourceArn"] = source
        input["FunctionName"] = function
        let request = input
        return try await refusals(\.message) {
            var list = try await client.response("ListEventSourceMappings", request).objectValue ?? [:]
            while let marker = list["NextMarker"], marker.isTruthy {
                var next = request
                next["Marker"] = marker
                let page = try await client.call("ListEventSourceMappings", next)
                let mappings =
                    (list["EventSourceMappings"]?.elements ?? [])
                    + (page["EventSourceMappings"]?.elements ?? [])
                list["EventSourceMappings"] = .array(mappings)
                list["NextMarker"] = page["NextMarker"]
            }
            return .object(list)
        }
    }

    /// Enables the mapping again, or disables it again.
    static let resetState = NativeActivity.Undo(
        "enables the event source mapping again, or disables it again",
        calls: [.read("lambda:GetEventSourceMapping"), .change("lambda:UpdateEventSourceMapping")],
        capture: { invocation, target in
            [
                "enabled": try await find(.string(target.id), invocation.client(.lambda)).map { .bool(isEnabled($0)) }
                    ?? .null
            ]
        },
        check: { invocation, target, before in
            guard let now = try await find(.string(target.id), invocation.client(.lambda)) else {
                return .nothingLeft("the event source mapping \(target.id) does not exist any more")
            }
            return before["enabled"] == .bool(isEnabled(now))
                ? .restored : .stillBroken("\(target.id) is \(isEnabled(now) ? "enabled" : "disabled")")
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.lambda)
            guard let old = before["enabled"]?.boolValue, let now = try await settled(target, invocation, client),
                isEnabled(now) != old
            else { return }
            _ = try await client.call("UpdateEventSourceMapping", ["UUID": .string(target.id), "Enabled": .bool(old)])
        })

    /// Creates an equal mapping; its UUID is another one.
    static let recreate = NativeActivity.Undo(
        "creates an equal event source mapping, which has another UUID; one of a stream begins where it was deleted, "
            + "as far as its source allows",
        calls: [
            .read("lambda:GetEventSourceMapping"), .read("lambda:ListEventSourceMappings"),
            .change("lambda:CreateEventSourceMapping"), .read("lambda:GetFunctionConfiguration"),
        ],
        capture: { invocation, target in
            let client = try invocation.client(.lambda)
            guard var mapping = try await find(.string(target.id), client)?.objectValue else {
                return ["mapping": .null]
            }
            let old = mapping
            for member in described { mapping[member] = nil }
            mapping["FunctionName"] = old["FunctionArn"]
            mapping["Enabled"] = .bool(isEnabled(.object(old)))
            if !target.tags.isEmpty {
                mapping["Tags"] = .object(JSONObject(target.tags.sorted { $0 < $1 }.map { ($0, .string($1)) }))
            }
            // Only values: what is null or empty the mapping does not have.
            let members = mapping.filter { !$0.value.isNull && $0.value != [] && $0.value != [:] }
            return [
                "mapping": .object(JSONObject(distinct: Array(members))),
                "time": .string(invocation.time.now().iso8601),
            ]
        },
        check: { invocation, target, before in
            let client = try invocation.client(.lambda)
            guard let old = before["mapping"], !old.isNull else {
                return .nothingLeft("the event source mapping \(target.id) did not exist before")
            }
            if try await isThere(old, target, client) { return .restored }
            guard try await functionExists(old, client) else {
                return .nothingLeft("the function of the event source mapping \(target.id) does not exist any more")
            }
            return .stillBroken("the event source mapping \(target.id) is deleted")
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.lambda)
            guard let old = before["mapping"], !old.isNull, try await functionExists(old, client) else { return }
            // While the old one is being deleted, Lambda refuses an equal one.
            while try await find(.string(target.id), client)?["State"] == "Deleting",
                try await invocation.pauseBeforeNextLook()
            {}
            guard try await !isThere(old, target, client) else { return }
            _ = try await client.call("CreateEventSourceMapping", creation(of: old, at: before["time"] ?? .null))
        })

    /// What Lambda tells of a mapping but does not take for one.
    private static let described = [
        "UUID", "EventSourceMappingArn", "FilterCriteriaError", "FunctionArn", "LastModified", "LastProcessingResult",
        "State", "StateTransitionReason",
    ]

    /// The request for a mapping.
    ///
    /// One of a Kinesis stream begins at the time of the deletion. One of DynamoDB, which has no such position, begins
    /// at the oldest record: twice is better than never.
    private static func creation(of mapping: JSONValue, at time: JSONValue) -> JSONObject {
        var input = mapping.objectValue ?? [:]
        switch ARN(input["EventSourceArn"]?.stringValue)?.service {
        case "kinesis":
            input["StartingPosition"] = "AT_TIMESTAMP"
            input["StartingPositionTimestamp"] = time
        case "dynamodb": input["StartingPosition"] = "TRIM_HORIZON"
        default: break
        }
        return input
    }

    /// Whether the mapping exists, or one of the same source and function.
    private static func isThere(
        _ old: JSONValue, _ target: NativeActivity.Target, _ client: ActivityClient
    ) async throws -> Bool {
        if let mapping = try await find(.string(target.id), client), mapping["State"] != "Deleting" { return true }
        var input: JSONObject = [:]
        // A self-managed Kafka has no ARN: its mappings are those of the function to the same servers and topics.
        if let source = old["EventSourceArn"] {
            input["EventSourceArn"] = source
        } else {
            input["FunctionName"] = old["FunctionName"]
        }
        return try await client.items("ListEventSourceMappings", input).contains { mapping in
            guard mapping["FunctionArn"] == old["FunctionName"], mapping["State"] != "Deleting" else { return false }
            guard old["EventSourceArn"] == nil else { return true }
            return mapping["SelfManagedEventSource"] == old["SelfManagedEventSource"]
                && mapping["Topics"] == old["Topics"]
        }
    }

    private static func functionExists(_ mapping: JSONValue, _ client: ActivityClient) async throws -> Bool {
        try await existing(["ResourceNotFoundException"]) {
            try await client.call("GetFunctionConfiguration", ["FunctionName": mapping["FunctionName"] ?? .null])
        } != nil
    }

    /// The mapping when no change is under way: until then Lambda refuses the next one.
    private static func settled(
        _ target: NativeActivity.Target, _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> JSONValue? {
        while true {
            let mapping = try await find(.string(target.id), client)
            guard ["Creating", "Enabling", "Disabling", "Updating"].contains(mapping?["State"]?.stringValue),
                try await invocation.pauseBeforeNextLook()
            else { return mapping }
        }
    }

    private static func isEnabled(_ mapping: JSONValue) -> Bool {
        ["Enabled", "Enabling", "Creating", "Updating"].contains(mapping["State"]?.stringValue)
    }
}
