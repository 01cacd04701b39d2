import AWS
import AWSResources
import JSON

extension KindFinder {
    static let storageKinds = [
        KindFinder(kind: .fileSystem, actions: ["elasticfilesystem:DescribeFileSystems"], find: fileSystems),
        KindFinder(
            kind: .bucket, tagType: "s3", actions: ["s3:GetBucketLocation", "s3:ListAllMyBuckets"], find: buckets),
    ]

    private static func fileSystems(_ listing: ResourceListing) async -> [WatchedResource] {
        let input: JSONValue =
            listing.target.map { ["FileSystemId": .string($0.name)] } ?? ["MaxItems": listing.pageSize(100)]
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

    /// A bucket of a list, which says where it is if the service is AWS's own.
    private struct ListedBucket: Sendable {
        let name: String
        let region: String?
    }

    /// The buckets of the scope's region: the service filters them, and tells each one's region.
    private static func buckets(_ listing: ResourceListing) async -> [WatchedResource] {
        var input: JSONObject = [
            "BucketRegion": .string(listing.scope.region), "MaxBuckets": 1000,
        ]
        if let target = listing.target { input["Prefix"] = .string(target.name) }
        let found = await listing.list(.s3, "ListBuckets", .object(input), at: "Buckets") { item in
            [ListedBucket(name: try item.required("Name"), region: item.text("BucketRegion"))]
        }
        return await listing.each(found) { bucket in
            guard try await region(of: bucket, listing) == listing.scope.region else { return [] }
            let partition = ARN(service: "s3", region: listing.scope.region, account: "", resource: "").partition
            return [
                listing.resource(
                    id: "arn:\(partition):s3:::\(bucket.name)", name: bucket.name,
                    dimensions: ["BucketName": bucket.name])
            ]
        }
    }

    /// Where a bucket is; nil when that cannot be told, which is noted.
    ///
    /// Only other makers' services must be asked.
    private static func region(of bucket: ListedBucket, _ listing: ResourceListing) async throws -> String? {
        if let region = bucket.region { return region }
        let answer = try await listing.detail(.s3, "GetBucketLocation", ["Bucket": .string(bucket.name)])
        return answer.map { location in
            switch location.text("LocationConstraint") ?? "" {
            case "": "us-east-1"
            case "EU": "eu-west-1"
            case let region: region
            }
        }
    }
}
