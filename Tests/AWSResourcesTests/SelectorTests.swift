import Basics
import JSON
import Testing

@testable import AWSResources

@Suite struct SelectorTests {
    private func resource(_ arn: String, _ tags: [String: String]) throws -> Resource {
        Resource(arn: try #require(ARN(arn)), tags: tags)
    }

    @Test(arguments: [
        ("tag:Name=web*", "tag:Name", ["web*"]),
        ("instance-state-name=running,stopped", "instance-state-name", ["running", "stopped"]),
        ("tag:a=b=c", "tag:a", ["b=c"]), (#"tag:a=b\,c,d\\,C:\x\"#, "tag:a", ["b,c", #"d\"#, #"C:\x\"#]),
        ("k=", "k", [""]),
        ("tag:a:b=c", "tag:a:b", ["c"]), (" k = v ", "k", [" v "]),
    ])
    func filters(text: String, name: String, values: [String]) throws {
        let filter = try ResourceFilter(parsing: text)
        #expect(filter.name == name)
        #expect(filter.values == values)
        #expect(filter.json == ["Name": .string(name), "Values": .array(values.map { .string($0) })])
    }

    @Test(arguments: ["", "=", "=x", "name", "tag:=x", " =x"])
    func whatIsNoFilter(text: String) {
        let error = #expect(throws: AWSResourcesError.self) { try ResourceSelector(parsing: ["a=b", text]) }
        #expect(error?.code == .wrongSelector)
        #expect(error?.message.contains("\"\(text)\"") == true)
    }

    @Test func filtersInTheShapeOfEC2() throws {
        let selector = try ResourceSelector(parsing: ["tag:a=b,c", "tag-key=d"])
        #expect(try ResourceSelector(json: selector.json) == selector)
        #expect(try ResourceSelector(json: []) == ResourceSelector())
    }

    @Test(
        arguments: [
            [:], "tag:a=b", ["tag:a=b"], [["Name": "a"]], [["Name": "a", "Values": []]],
            [["Name": "a", "Values": [1]]],
            [["Name": "", "Values": ["b"]]], [["Values": ["b"]]], nil,
        ] as [JSONValue])
    func whatIsNoListOfFilters(value: JSONValue) {
        let error = #expect(throws: AWSResourcesError.self) { try ResourceSelector(json: value) }
        #expect(error?.code == .wrongSelector)
    }

    @Test func filtersNeedValues() {
        #expect(ResourceFilter(name: "a", values: []) == nil)
        #expect(ResourceFilter(name: "", values: ["b"]) == nil)
    }

    @Test(arguments: [
        ([], true), (["tag:Name=web*"], true), (["tag:Name=web"], false), (["tag:Name=we?-1"], true),
        (["tag:name=web*"], false), (["tag:Name=x,web-1"], true), (["tag:Name=web*", "tag:team=db"], false),
        (["tag:Name=web*", "tag:team=shop"], true), (["tag-key=te*"], true), (["tag-key=other"], false),
        (["tag-value=shop"], true), (["resource-type=ec2:*"], true), (["resource-type=sqs"], false),
        (["instance-state-name=running"], true), (["instance-state-name=stopped"], false), (["unknown=*"], false),
    ])
    func matching(filters: [String], matches: Bool) throws {
        let resource = try resource("arn:aws:ec2:r:1:instance/i-1", ["Name": "web-1", "team": "shop"])
        let selector = try ResourceSelector(parsing: filters)
        #expect(selector.matches(resource) { $0 == "instance-state-name" ? "running" : nil } == matches)
    }

    @Test(arguments: [("arn:aws:ec2:r:1:instance/i-1", "ec2:instance"), ("arn:aws:sqs:r:1:queue", "sqs")])
    func types(arn: String, type: String) throws {
        #expect(try resource(arn, [:]).type == type)
    }
}

@Suite struct SelectionTests {
    private static let ten = (0..<10).map { "r\($0)" }

    @Test(arguments: [
        ("all", 10, 10), ("1", 1, 1), ("9", 9, 9), ("10", 10, 10), ("11", 10, 11), ("1%", 1, 1), ("10%", 1, 1),
        ("11%", 2, 2), ("99.9%", 10, 10), ("100%", 10, 10), (" 25 % ", 3, 3),
    ])
    func howMany(text: String, chosen: Int, wanted: Int) throws {
        let selection = try Selection(Quantity(parsing: text), of: Self.ten, by: \.self, seed: 1)
        #expect(selection.chosen.count == chosen)
        #expect(selection.wanted == wanted)
        #expect(selection.missing == wanted - chosen)
        #expect(selection.available == 10)
        #expect(Set(selection.chosen).count == chosen, "nothing is taken twice")
    }

    @Test(arguments: ["", "0", "-1", "some", "0%", "101%", "-5%", "%", "nan%", "1.5"])
    func whatIsNoQuantity(text: String) {
        let error = #expect(throws: AWSResourcesError.self) { try Quantity(parsing: text) }
        #expect(error?.code == .wrongSelector)
    }

    @Test(arguments: ["all", "3", "25%", "0.5%"])
    func quantitiesAreWrittenAsTheyAreRead(text: String) throws {
        #expect(try Quantity(parsing: text).description == text)
    }

    /// The choice is written down: experiments are repeated by their seed, also with a later version.
    @Test func theSeedDecides() throws {
        let selection = try Selection(.count(3), of: Self.ten, by: \.self, seed: 42)
        let shuffled = try Selection(.count(3), of: Array(Self.ten.reversed()) + ["r1"], by: \.self, seed: 42)
        #expect(selection.chosen == ["r2", "r4", "r7"])
        #expect(shuffled.chosen == selection.chosen, "neither the order of the candidates nor copies matter")
        let choices = try Set((0..<50).map { try Selection(.count(3), of: Self.ten, by: \.self, seed: $0).chosen })
        #expect(choices.count > 30)
    }

    @Test func everyCandidateHasTheSameChance() throws {
        var counts: [String: Int] = [:]
        for seed in 0..<2_000 {
            for name in try Selection(.count(2), of: Self.ten, by: \.self, seed: UInt64(seed)).chosen {
                counts[name, default: 0] += 1
            }
        }
        // 400 expected each, with a standard deviation of 18.
        #expect(counts.count == 10)
        #expect(counts.values.allSatisfy { (310...490).contains($0) }, "\(counts)")
    }

    @Test(arguments: [Quantity.all, .count(1), .percent(50)])
    func nothingToChooseFromIsAnError(quantity: Quantity) {
        let error = #expect(throws: AWSResourcesError.self) {
            try Selection(quantity, of: [String](), by: \.self, seed: 1)
        }
        #expect(error?.code == .nothingFound)
    }
}
