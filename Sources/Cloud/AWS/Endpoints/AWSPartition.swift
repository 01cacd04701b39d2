/// A group of regions with its own domain names, accounts and credentials.
///
/// The table of all partitions is generated from botocore's partitions.json.
public struct AWSPartition: Sendable {
    /// `aws`, `aws-cn` and the like.
    public let name: String
    /// `amazonaws.com` and the like.
    public let dnsSuffix: String
    /// The suffix of endpoints that also answer over IPv6.
    let dualStackDNSSuffix: String
    /// What the names of its regions begin with: `us` for `us-east-1`, `us-gov` for `us-gov-east-1`.
    let areas: [String]
    /// The names that have another form, such as `aws-global`, which is not a region.
    let otherRegions: [String]

    /// The partition of a region, also of a region that is newer than the table.
    ///
    /// As in botocore, a name of no partition's form belongs to `aws`.
    public static func of(_ region: String) -> AWSPartition {
        let area = area(of: region)
        return all.first { partition in
            if let area, partition.areas.contains(where: { $0 == area }) { return true }
            return partition.otherRegions.contains(region)
        } ?? all[0]
    }

    /// What stands before direction and number: `us-gov` of `us-gov-east-1`.
    private static func area(of region: String) -> Substring? {
        let (bytes, dash) = (region.utf8, UInt8(ascii: "-"))
        guard let last = bytes.lastIndex(of: dash), let first = bytes[..<last].lastIndex(of: dash) else { return nil }
        let number = bytes[last...].dropFirst()
        let isNumber = number.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return number.isEmpty || !isNumber || bytes.index(after: first) == last ? nil : region[..<first]
    }
}
