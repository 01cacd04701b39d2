import AWS
import AWSResources
import JSON

extension KindFinder {
    static let edgeKinds = [
        KindFinder(
            kind: .certificate, tagType: "acm", actions: ["acm:ListCertificates"], find: certificates),
        KindFinder(
            kind: .healthCheck, isGlobal: true, tagType: "route53:healthcheck", actions: ["route53:ListHealthChecks"],
            find: healthChecks),
        KindFinder(
            kind: .distribution, isGlobal: true, tagType: "cloudfront",
            actions: ["cloudfront:ListDistributions"], find: distributions),
    ]

    /// Without these names ACM lists only certificates with RSA keys of up to 2,048 bits.
    private static let keyTypes: JSONValue = [
        "RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1",
    ]

    private static func certificates(_ listing: ResourceListing) async -> [WatchedResource] {
        let input: JSONValue = ["Includes": ["keyTypes": keyTypes], "MaxItems": listing.pageSize(1000)]
        return await listing.list(.acm, "ListCertificates", input, at: "CertificateSummaryList") { item in
            let arn = try item.required("CertificateArn")
            let id = ARN.lastPart(arn) ?? arn
            // A domain can have several certificates, so its name alone would not tell them apart.
            let name = item.text("DomainName").map { "\($0)-\(id.prefix(8))" } ?? id
            return [
                listing.resource(
                    id: arn, name: name, dimensions: ["CertificateArn": arn],
                    attributes: [
                        "state": item.text("Status"), "type": item.text("Type"), "domain": item.text("DomainName"),
                        "in_use": item["InUse"]?.boolValue.map { "\($0)" },
                    ])
            ]
        }
    }

    private static func healthChecks(_ listing: ResourceListing) async -> [WatchedResource] {
        let partition = ARN(service: "route53", region: listing.scope.region, account: "", resource: "").partition
        return await listing.list(
            .route53, "ListHealthChecks", ["MaxItems": .string("\(listing.calls.itemsOnPage(100))")], at: "HealthChecks"
        ) { item in
            let id = try item.required("Id")
            return [
                listing.resource(
                    id: "arn:\(partition):route53:::healthcheck/\(id)", name: id, dimensions: ["HealthCheckId": id],
                    attributes: [
                        "type": item.text("HealthCheckConfig.Type"),
                        "domain": item.text("HealthCheckConfig.FullyQualifiedDomainName"),
                        "state": item.at("HealthCheckConfig.Disabled")?.boolValue == true ? "disabled" : "enabled",
                    ])
            ]
        }
    }

    private static func distributions(_ listing: ResourceListing) async -> [WatchedResource] {
        await listing.list(
            .cloudFront, "ListDistributions", ["MaxItems": .string("\(listing.calls.itemsOnPage(100))")],
            at: "DistributionList.Items"
        ) { item in
            let id = try item.required("Id")
            return [
                listing.resource(
                    id: try item.required("ARN"), name: id, dimensions: ["DistributionId": id, "Region": "Global"],
                    attributes: [
                        "domain": item.texts("Aliases.Items").first ?? item.text("DomainName"),
                        "state": item["Enabled"]?.boolValue == false ? "disabled" : "enabled",
                    ])
            ]
        }
    }
}
