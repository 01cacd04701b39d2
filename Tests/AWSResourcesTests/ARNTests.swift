import Testing

@testable import AWSResources

@Suite struct ARNTests {
    @Test(arguments: [
        ("arn:aws:cloudwatch:eu-central-1:1:alarm:cpu: high", "alarm", "cpu: high"),
        ("arn:aws:ecs:eu-central-1:1:task/web/1234", "task", "web/1234"),
        ("arn:aws:sns:eu-central-1:1:alerts", nil, "alerts"), ("arn:aws-cn:s3:::bucket", nil, "bucket"),
        ("arn:aws:iam::1:role/service/x", "role", "service/x"), ("arn:aws:x:r:1:", nil, ""),
    ])
    func partsAndText(text: String, type: String?, name: String) throws {
        let arn = try #require(ARN(text))
        #expect(arn.description == text)
        #expect(arn.resourceType == type)
        #expect(arn.name == name)
    }

    @Test func emptyRegionAndAccountAreNil() throws {
        let arn = try #require(ARN("arn:aws-cn:s3:::bucket"))
        #expect(arn.partition == "aws-cn")
        #expect(arn.service == "s3")
        #expect(arn.region == nil)
        #expect(arn.account == nil)
    }

    @Test(arguments: [nil, "", "arn", "arn:aws:sns:r:1", "arn::sns:r:1:x", "urn:aws:sns:r:1:x", "i-1"])
    func whatIsNone(text: String?) {
        #expect(ARN(text) == nil)
    }

    @Test(arguments: [
        ("eu-central-1", "arn:aws:sns:eu-central-1:1:t"), ("cn-north-1", "arn:aws-cn:sns:cn-north-1:1:t"),
        ("us-gov-west-1", "arn:aws-us-gov:sns:us-gov-west-1:1:t"),
        ("eusc-de-east-1", "arn:aws-eusc:sns:eusc-de-east-1:1:t"),
    ])
    func thePartitionFollowsFromTheRegion(region: String, text: String) {
        #expect(ARN(service: "sns", region: region, account: "1", resource: "t").description == text)
    }

    @Test(arguments: [
        (nil, nil), ("", nil), ("i-1", "i-1"), ("arn:aws:ec2:r:1:volume/vol-1", "vol-1"), ("a:b", "b"),
    ])
    func lastParts(text: String?, part: String?) {
        #expect(ARN.lastPart(text) == part)
    }

    @Test(arguments: [
        (nil, ""), ("eu-central-1", " in Europe (Frankfurt)"), ("xx-new-1", " in xx-new-1"),
    ])
    func places(region: String?, place: String) {
        #expect(AWSRegion.place(region) == place)
    }

    @Test(arguments: [
        ("eu-central-1", "https://console.aws.amazon.com/cloudwatch/home?region=eu-central-1#alarmsV2:alarm/a%20b"),
        ("cn-north-1", "https://console.amazonaws.cn/cloudwatch/home?region=cn-north-1#alarmsV2:alarm/a%20b"),
        (
            "us-gov-east-1",
            "https://console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-east-1#alarmsV2:alarm/a%20b"
        ),
        ("us-iso-east-1", nil), ("us-isob-east-1", nil), ("eu-isoe-west-1", nil), ("eusc-de-east-1", nil), ("", nil),
        (nil, nil),
    ])
    func consoles(region: String?, alarm: String?) {
        #expect(AWSConsole(region: region)?.alarm("a b") == alarm)
    }
}
