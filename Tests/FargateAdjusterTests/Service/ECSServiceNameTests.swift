import JSON
import Testing

@testable import FargateAdjuster

@Suite struct ECSServiceNameTests {
    private static let arn = "arn:aws:ecs:eu-central-1:123456789012:service/shop/web"

    @Test(
        "an ARN tells everything, a name little",
        arguments: [
            (arn, "eu-central-1", "123456789012", "shop", "web"),
            ("arn:aws-cn:ecs:cn-north-1:1:service/web", "cn-north-1", "1", nil, "web"),
            ("shop/web", nil, nil, "shop", "web"), ("web", nil, nil, nil, "web"),
        ])
    func read(_ text: String, _ region: String?, _ account: String?, _ cluster: String?, _ name: String) {
        let service = ECSServiceName(text)
        #expect(service.region == region)
        #expect(service.account == account)
        #expect(service.cluster == cluster)
        #expect(service.name == name)
    }

    @Test(
        "what is no service's ARN is not read as one",
        arguments: [
            "web", "arn:aws:ecs:r:1:cluster/web", "arn:aws:ecs:r:1:service", "service/shop/web",
        ])
    func noARN(_ text: String) { #expect(ECSServiceName(arn: text) == nil) }

    @Test(
        "services are the same by what is known of both",
        arguments: [
            ("web", true), ("shop/web", true), (arn, true), ("arn:aws:ecs:eu-central-1:123456789012:service/web", true),
            ("api", false), ("back/web", false), ("shop/api", false),
            ("arn:aws:ecs:us-east-1:123456789012:service/shop/web", false),
            ("arn:aws:ecs:eu-central-1:999999999999:service/shop/web", false),
            ("arn:aws:ecs:eu-central-1:123456789012:service/back/web", false),
        ])
    func same(_ text: String, _ isSame: Bool) {
        #expect(ECSServiceName(Self.arn).isSame(as: ECSServiceName(text)) == isSame)
        #expect(ECSServiceName(text).isSame(as: ECSServiceName(Self.arn)) == isSame)
    }

    @Test("a region that is not known is that of the clients")
    func region() {
        #expect(!ECSServiceName("shop/web").inRegion("us-east-1").isSame(as: ECSServiceName(Self.arn)))
        #expect(ECSServiceName("shop/web").inRegion("eu-central-1").isSame(as: ECSServiceName(Self.arn)))
        #expect(ECSServiceName(Self.arn).inRegion("us-east-1") == ECSServiceName(Self.arn))
    }

    @Test("a component's service is found by names and by ARNs")
    func components() {
        let arn = "arn:aws:ecs:r:1:service/shop/web"
        for (service, cluster) in [
            ("web", "shop"), ("web", "arn:aws:ecs:r:1:cluster/shop"), (arn, "default"),
            ("arn:aws:ecs:r:1:service/web", "shop"),
        ] {
            let component = ComponentConfiguration(name: "c", service: service, cluster: cluster)
            #expect(ECSServiceName(component).description == "shop/web")
        }
    }

    @Test("what an earlier version has recorded is still read")
    func recordedByNames() throws {
        let json: JSONValue = ["name": "web", "cluster": "shop"]
        #expect(try JSONDecoder().decode(ECSServiceName.self, from: json) == ECSServiceName("shop/web"))
    }
}
