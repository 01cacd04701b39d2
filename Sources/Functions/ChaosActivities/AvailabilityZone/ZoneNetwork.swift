import AWS
import Basics
import Experiments
import JSON

/// Cuts subnets off by a network ACL that denies everything, and gives them their own back.
///
/// For each ACL whose subnets are cut off there is one in its place. A tag on it, made together with it, names the ACL
/// that it stands for, so that the subnets can be put back from any state and by any process.
enum ZoneNetwork {
    static let kind = "ec2:subnet"
    static let reads: [NativeActivity.Call] = [.read("ec2:DescribeSubnets"), .read("ec2:DescribeNetworkAcls")]
    static let changes: [NativeActivity.Call] = [
        .change("ec2:CreateNetworkAcl"), .change("ec2:CreateTags"), .change("ec2:ReplaceNetworkAclAssociation"),
    ]
    static let backChanges: [NativeActivity.Call] = [
        .change("ec2:ReplaceNetworkAclAssociation"), .change("ec2:DeleteNetworkAcl"),
    ]

    /// The tag on everything that is changed in a zone; its value tells what is to be put back.
    static func tag(_ zone: String) -> String { "tocsin:az:\(zone)" }

    /// The subnets of a zone.
    static func subnets(_ zone: String, vpcs: [String] = [], _ client: ActivityClient) async throws -> [JSONValue] {
        var filters: [JSONValue] = [["Name": "availability-zone", "Values": [.string(zone)]]]
        if !vpcs.isEmpty { filters.append(["Name": "vpc-id", "Values": JSONValue(texts: vpcs)]) }
        return try await client.items("DescribeSubnets", ["Filters": .array(filters)])
    }

    /// A subnet and its network ACL.
    struct Association: Sendable {
        let id: String
        let subnet: String
        let acl: String
        let vpc: String
    }

    /// The associations of subnets, by subnet.
    ///
    /// All network ACLs are read: there are few, and one may have most subnets.
    static func associations(
        of subnets: [String], _ client: ActivityClient
    ) async throws -> [String: Association] {
        guard !subnets.isEmpty else { return [:] }
        let wanted = Set(subnets)
        let all = try await client.items("DescribeNetworkAcls").flatMap(associations(in:))
        return Dictionary(all.filter { wanted.contains($0.subnet) }.map { ($0.subnet, $0) }) { first, _ in first }
    }

    static func associations(in acl: JSONValue) -> [Association] {
        (acl["Associations"]?.elements ?? []).compactMap { association in
            guard let id = association["NetworkAclAssociationId"]?.stringValue,
                let subnet = association["SubnetId"]?.stringValue, let name = acl["NetworkAclId"]?.stringValue
            else { return nil }
            return Association(id: id, subnet: subnet, acl: name, vpc: acl["VpcId"]?.stringValue ?? "")
        }
    }

    /// A network ACL that stands for another.
    struct Substitute: Sendable {
        let id: String
        /// The ACL that the subnets had.
        let original: String
        let subnets: [String]
    }

    /// The substitutes that are in use, or left over, in a zone.
    static func substitutes(_ zone: String, _ client: ActivityClient) async throws -> [Substitute] {
        let filters: JSONValue = [["Name": "tag-key", "Values": [.string(tag(zone))]]]
        return try await client.items("DescribeNetworkAcls", ["Filters": filters]).compactMap { acl in
            guard let id = acl["NetworkAclId"]?.stringValue, let original = acl["Tags"]?.tags[tag(zone)] else {
                return nil
            }
            return Substitute(id: id, original: original, subnets: associations(in: acl).map(\.subnet))
        }
    }

    /// Cuts subnets off; those that are cut off already stay so.
    ///
    /// - Returns: the ids of the substitutes, and the new associations with the ACLs that they had before.
    static func cutOff(
        _ subnets: [String], zone: String, _ client: ActivityClient
    ) async throws -> (substitutes: [String], associations: [String: String]) {
        let associations = try await associations(of: subnets, client)
        var substitutes = try await substitutes(zone, client)
        let missing = subnets.filter { associations[$0] == nil }
        guard missing.isEmpty else {
            throw ExperimentError.failedActivity(
                "these subnets do not exist any more: \(missing.joined(separator: ", ")); nothing was cut off")
        }
        let cut = Set(substitutes.map(\.id))
        let toCut = subnets.compactMap { associations[$0] }.filter { !cut.contains($0.acl) }
        let replaced = try await forEachInTurn(toCut, "cut off", name: \.subnet) { association in
            if !substitutes.contains(where: { $0.original == association.acl }) {
                substitutes.append(try await createSubstitute(for: association, zone: zone, client))
            }
            let substitute = substitutes.first { $0.original == association.acl }?.id ?? ""
            let new = try await replace(association, by: substitute, client)
            return (new, association.acl)
        }
        return (substitutes.map(\.id), Dictionary(replaced) { first, _ in first })
    }

    /// A new network ACL has no entries, so it denies everything, also IPv6.
    private static func createSubstitute(
        for association: Association, zone: String, _ client: ActivityClient
    ) async throws -> Substitute {
        let tags: JSONValue = [
            ["Key": "Name", "Value": "Blackhole"], ["Key": .string(tag(zone)), "Value": .string(association.acl)],
        ]
        let output = try await client.call(
            "CreateNetworkAcl",
            [
                "VpcId": .string(association.vpc),
                "TagSpecifications": [["ResourceType": "network-acl", "Tags": tags]],
            ])
        guard let id = output["NetworkAcl"]?["NetworkAclId"]?.stringValue else {
            throw ExperimentError.failedActivity("EC2 did not tell the id of the new network ACL")
        }
        return Substitute(id: id, original: association.acl, subnets: [])
    }

    /// - Returns: the id of the new association.
    @discardableResult
    private static func replace(
        _ association: Association, by acl: String, _ client: ActivityClient
    ) async throws -> String {
        let output = try await client.call(
            "ReplaceNetworkAclAssociation",
            ["AssociationId": .string(association.id), "NetworkAclId": .string(acl)])
        return output["NewAssociationId"]?.stringValue ?? ""
    }

    /// Gives subnets their network ACLs back, and deletes the substitutes that no subnet uses any more.
    ///
    /// - Parameters:
    ///   - subnets: nil for all of the zone that are cut off.
    ///   - others: further ACLs that subnets are taken from, with what each subnet had.
    static func giveBack(
        _ subnets: [String]?, zone: String, others: (acls: [String], originals: [String: String]) = ([], [:]),
        _ client: ActivityClient
    ) async throws {
        let substitutes = try await substitutes(zone, client)
        let subnets = subnets ?? substitutes.flatMap(\.subnets).sorted()
        let associations = try await associations(of: subnets, client)
        _ = try await forEachInTurn(subnets.compactMap { associations[$0] }, "given back", name: \.subnet) {
            association in
            if let original = substitutes.first(where: { $0.id == association.acl })?.original {
                try await replace(association, by: original, client)
            } else if others.acls.contains(association.acl), let original = others.originals[association.subnet] {
                try await replace(association, by: original, client)
            }
        }
        let given = Set(subnets)
        let unused = substitutes.filter { $0.subnets.allSatisfy(given.contains) }.map(\.id) + others.acls
        for id in Set(unused).sorted() { try await delete(id, client) }
    }

    /// Deletes a network ACL; one that is gone, or that a subnet uses again, is left alone.
    private static func delete(_ id: String, _ client: ActivityClient) async throws {
        do { _ = try await client.call("DeleteNetworkAcl", ["NetworkAclId": .string(id)]) } catch let error
            as AWSFailure
            where error.code == "InvalidNetworkAclID.NotFound" || error.code == "DependencyViolation"
        {
            return
        }
    }
}

extension ZoneNetwork {
    /// What must be known of a subnet: its network ACL, or the one that the substitute stands for.
    static func capture(_ subnet: String, zone: String, _ client: ActivityClient) async throws -> JSONValue {
        let acl = try await associations(of: [subnet], client)[subnet]?.acl
        let original = try await substitutes(zone, client).first { $0.id == acl }?.original
        return ["acl": (original ?? acl).map(JSONValue.string) ?? .null]
    }

    static func check(
        _ subnet: String, zone: String, _ before: JSONValue, _ client: ActivityClient
    ) async throws -> RestoreOutcome {
        let substitutes = try await substitutes(zone, client)
        guard let acl = try await associations(of: [subnet], client)[subnet]?.acl else {
            return .nothingLeft("the subnet \(subnet) does not exist any more")
        }
        if substitutes.contains(where: { $0.id == acl }) {
            return .stillBroken("the subnet \(subnet) is cut off by the network ACL \(acl)")
        }
        if let left = substitutes.first(where: \.subnets.isEmpty)?.id {
            return .stillBroken("the network ACL \(left) is left over")
        }
        return before["acl"]?.stringValue == acl
            ? .restored : .nothingLeft("others have given the subnet \(subnet) the network ACL \(acl)")
    }
}
