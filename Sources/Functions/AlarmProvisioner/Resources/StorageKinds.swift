import AWS
import AWSResources
import JSON

extension KindFinder {
    static let storageKinds = [
        KindFinder(kind: .fileSystem, actions: ["elasticfilesystem:DescribeFileSystems"], find: fileSystems),
        KindFinder(kind: .bucket, tagType: "s3", actions: ["s3:ListAllMyBuckets"], find: buckets),
    ]

    private static func fileSystems(_ listing: ResourceListing) async -> [WatchedResource] {
        let input: JSONValue = listing.target.map { ["FileSystemId": .string($0.name)] } ?? ["MaxItems": 100]
        return await listing.list(.efs, "DescribeFileSystems", input, at: "FileSystems") { item in
            let id = try item.required("FileSystemId")
            guard !["deleting", "deleted"].contains(item.text("LifeCycleState")) else { return [] }
            return [
                listing.resource(
                    id: listing.arn("elasticfilesystem", "file-system/\(id)"), name: id, tags: item.tags("Tags"),
                    dimensions: ["FileSystemId": id],
                    attributes: [
                        "state": item.text("LifeCycleState"), "type": item.text("PerformanceMode"),
                        "throughput": item.text("ThroughputMode"),
                    ])
            ]
        }
    }

    /// The buckets of the scope's region: the service filters them, and tells each one's region.
    private static func buckets(_ listing: ResourceListing) async -> [WatchedResource] {
        var input: JSONObject = ["BucketRegion": .string(listing.scope.region), "MaxBuckets": 1000]
        if let target = listing.target { input["Prefix"] = .string(target.name) }
        return await listing.list(.s3, "ListBuckets", .object(input), at: "Buckets") { item in
            let name = try item.required("Name")
            if let region = item.text("BucketRegion"), region != listing.scope.region { return [] }
            let partition = ARN(service: "s3", region: listing.scope.region, account: "", resource: "").partition
            return [
                listing.resource(
                    id: "arn:\(partition):s3:::\(name)", name: name, dimensions: ["BucketName": name])
            ]
        }
    }
}
