import JSON

extension MotoTests.ChaosawsTests {
    private static func association(_ zone: String, _ vpc: String, _ more: JSONObject = [:]) -> JSONValue {
        var arguments: JSONObject = [
            "zone_id": .string(zone), "vpc_id": .string(vpc), "vpc_region": "eu-central-1",
        ]
        for (key, value) in more { arguments[key] = value }
        return .object(arguments)
    }

    private static let dnsAnswer: JSONObject = [
        "route53:TestDNSAnswer": [
            [
                "Nameserver": "ns-1.awsdns-01.com", "RecordName": "www.outer.example", "RecordType": "A",
                "RecordData": ["192.0.2.1", "192.0.2.2"], "ResponseCode": "NOERROR", "Protocol": "UDP",
            ]
        ]
    ]

    static let route53: [Case] =
        [
            association("<zone>", "<second>"), association("<zone>", "<second>", ["comment": "for a test"]),
            association("<public>", "<second>"), association("Z0", "<second>"),
        ].map { Case("hosted_zones", "route53.actions.associate_vpc_with_zone", $0) }
        + [
            association("<both>", "<second>"), association("<zone>", "<first>"), association("Z0", "<first>"),
        ].map { Case("hosted_zones", "route53.actions.disassociate_vpc_from_zone", $0) }
        + ["<zone>", "<public>", "Z0"].map { Case("hosted_zones", "route53.probes.get_hosted_zone", ["zone_id": $0]) }
        + ["<check>", "00000000-0000-0000-0000-000000000000"].map {
            Case("hosted_zones", "route53.probes.get_health_check_status", ["check_id": $0])
        }
        + [
            Case(
                "", "route53.probes.get_health_check_status", ["check_id": "c"],
                script: ["route53:GetHealthCheckStatus": [["HealthCheckObservations": []]]]),
            Case(
                "hosted_zones", "route53.probes.get_dns_answer",
                ["zone_id": "<public>", "record_name": "www.outer.example", "record_type": "A"], script: dnsAnswer),
            Case(
                "hosted_zones", "route53.probes.get_dns_answer",
                ["zone_id": "Z0", "record_name": "www.outer.example", "record_type": "A"],
                script: [
                    "route53:TestDNSAnswer": [
                        ["error": "NoSuchHostedZone", "message": "No hosted zone found with ID: Z0", "status": 404]
                    ]
                ]),
        ]
}
