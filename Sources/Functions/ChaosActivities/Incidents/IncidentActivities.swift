import AWS
import Basics
import Experiments
import JSON

/// The probes of `chaosaws.incidents`.
extension ChaosActivities {
    static var incidents: [NativeActivity] {
        let module = "chaosaws.incidents.probes"
        let impact = NativeActivity.Argument("impact", .integer, 1)
        let time: [NativeActivity.Argument] = [
            .init("created_in_the_last", .any, "3 minutes"), .init("created_by", .text, .null),
        ]
        let list = NativeActivity.Call.read("ssm-incidents:ListIncidentRecords")
        let items: [NativeActivity.Call] = [list, .read("ssm-incidents:ListRelatedItems")]
        return [
            .aws(
                module, "get_incidents", .probe, "The incidents of an impact and a status that began lately.",
                arguments: [impact, .init("status", .text, "OPEN")] + time, calls: [list]
            ) { invocation, _ in try await Incidents.all(invocation, invocation.argument("status")) },
            .aws(
                module, "get_active_incidents", .probe, "The open incidents that began lately.",
                arguments: [impact] + time, calls: [list]
            ) { invocation, _ in try await Incidents.all(invocation, "OPEN") },
            .aws(
                module, "get_resolved_incidents", .probe, "The resolved incidents that began lately.",
                arguments: [impact] + time, calls: [list]
            ) { invocation, _ in try await Incidents.all(invocation, "RESOLVED") },
            .aws(
                module, "has_incident_been_opened", .probe, "Whether an incident that began lately is open.",
                arguments: [impact] + time, calls: [list]
            ) { invocation, _ in try await Incidents.exist(invocation, "OPEN") },
            .aws(
                module, "has_incident_been_resolved", .probe, "Whether an incident that began lately is resolved.",
                arguments: [impact] + time, calls: [list]
            ) { invocation, _ in try await Incidents.exist(invocation, "RESOLVED") },
            .aws(
                module, "get_active_incident_items", .probe, "What belongs to the latest open incident.",
                arguments: [impact] + time, calls: items
            ) { invocation, _ in try await Incidents.items(invocation, "OPEN") },
            .aws(
                module, "get_resolved_incident_items", .probe, "What belongs to the latest resolved incident.",
                arguments: [impact] + time, calls: items
            ) { invocation, _ in try await Incidents.items(invocation, "RESOLVED") },
        ]
    }
}

/// Incidents of Incident Manager.
private enum Incidents {
    /// As many as chaosaws asks for.
    private static let maximum: JSONValue = 10

    /// The first incidents of a status.
    static func all(_ invocation: NativeActivity.Invocation, _ status: JSONValue) async throws -> JSONValue {
        let start = try RelativeTime.moment(
            invocation.argument("created_in_the_last"), before: invocation.time.now())
        var filters: [JSONValue] = [
            ["condition": ["equals": ["integerValues": [invocation.argument("impact")]]], "key": "impact"],
            ["condition": ["after": .string(start.iso8601)], "key": "creationTime"],
            ["condition": ["equals": ["stringValues": [status]]], "key": "status"],
        ]
        if let creator = invocation.given("created_by") {
            filters.append(["condition": ["equals": ["stringValues": [creator]]], "key": "createdBy"])
        }
        return try await failures(Self.words) {
            try await invocation.client(.ssmIncidents).response(
                "ListIncidentRecords", ["filters": .array(filters), "maxResults": maximum])
        }
    }

    static func exist(_ invocation: NativeActivity.Invocation, _ status: JSONValue) async throws -> JSONValue {
        .bool(try await all(invocation, status)["incidentRecordSummaries"]?[0] != nil)
    }

    /// The items of the latest incident.
    ///
    /// For open ones chaosaws asks the wrong operation, and without an incident it ends with an IndexError.
    static func items(_ invocation: NativeActivity.Invocation, _ status: JSONValue) async throws -> JSONValue {
        guard let incident = try await all(invocation, status)["incidentRecordSummaries"]?[0]?["arn"] else {
            throw ExperimentError.failedActivity("no incident with the status \(status.pythonText) matches")
        }
        return try await failures(Self.words) {
            try await invocation.client(.ssmIncidents).response(
                "ListRelatedItems", ["incidentRecordArn": incident, "maxResults": maximum])
        }
    }

    private static func words(_ text: String) -> String { "SSM Incidents API failed: \(text)" }
}
