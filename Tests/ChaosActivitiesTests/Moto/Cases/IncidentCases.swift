import JSON

extension MotoTests.ChaosawsTests {
    private static let arn: JSONValue = "arn:aws:ssm-incidents::123456789012:incident-record/plan/1"

    private static let incident: JSONValue = [
        "arn": arn, "title": "down", "status": "OPEN", "impact": 1, "creationTime": "2026-11-20T00:00:00Z",
        "incidentRecordSource": ["createdBy": "someone", "source": "aws.cloudwatch"],
    ]
    private static let found: JSONObject = [
        "ssm-incidents:ListIncidentRecords": [["incidentRecordSummaries": [incident]]],
        "ssm-incidents:ListRelatedItems": [
            [
                "relatedItems": [
                    ["identifier": ["type": "METRIC", "value": ["metricDefinition": "m"]], "title": "errors"]
                ]
            ]
        ],
    ]
    private static let none: JSONObject = [
        "ssm-incidents:ListIncidentRecords": [["incidentRecordSummaries": []]]
    ]
    private static let denied: JSONObject = [
        "ssm-incidents:ListIncidentRecords": [["error": "AccessDeniedException", "message": "no", "status": 403]]
    ]
    private static let since: JSONObject = ["impact": 2, "created_in_the_last": 1_795_000_000.5, "created_by": "me"]

    static let incidents: [Case] =
        [
            "get_incidents", "get_active_incidents", "get_resolved_incidents", "has_incident_been_opened",
            "has_incident_been_resolved",
        ].flatMap { name in
            [found, none, denied].map { Case("", "incidents.probes.\(name)", .object(since), script: $0) }
        }
        + [
            Case(
                "", "incidents.probes.get_incidents",
                ["status": "RESOLVED", "created_in_the_last": 1_795_000_000.0], script: found),
            // The time that is sent is that of the call.
            Case("", "incidents.probes.get_active_incidents", [:], script: found, except: ["after"]),
            Case("", "incidents.probes.get_resolved_incident_items", .object(since), script: found),
            Case("", "incidents.probes.get_resolved_incident_items", .object(since), script: denied),
        ]
}
