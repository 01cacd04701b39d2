import JSON

extension MotoTests.UndoTests {
    static let route53: [Case] = [
        zone("associate_vpc_with_zone", "<zone>", "<second>"),
        zone("disassociate_vpc_from_zone", "<both>", "<second>"),
    ]

    private static func zone(_ function: String, _ id: JSONValue, _ vpc: JSONValue) -> Case {
        Case(
            setup: "hosted_zones", function: "route53.actions.\(function)",
            arguments: ["zone_id": id, "vpc_id": vpc, "vpc_region": "eu-central-1"],
            removal: ("route53", "delete_hosted_zone", ["Id": id]))
    }
}
