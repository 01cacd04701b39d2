import JSON
import Testing

@testable import LocalCloud

/// Patterns of EventBridge against events.
///
/// The rows that name a section have the meaning of AWS's documentation of patterns:
/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
struct EventPatternTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let pattern: String
        let event: String
        let matches: Bool
        var testDescription: String { "\(pattern) \(matches ? "selects" : "leaves") \(event)" }

        init(_ pattern: String, _ event: String, _ matches: Bool) {
            (self.pattern, self.event, self.matches) = (pattern, event, matches)
        }
    }

    private static let exact = [
        Row(#"{"Name":["Alice"]}"#, #"{"Name":"Alice"}"#, true),
        Row(#"{"Name":["Alice"]}"#, #"{"Name":"alice"}"#, false),
        Row(#"{"Name":["Alice"]}"#, #"{}"#, false),
        Row(#"{"PaymentType":["Credit","Debit"]}"#, #"{"PaymentType":"Debit"}"#, true),
        Row(#"{"PaymentType":["Credit","Debit"]}"#, #"{"PaymentType":"Cash"}"#, false),
        Row(#"{"Location":["New York"],"Day":["Monday"]}"#, #"{"Location":"New York","Day":"Monday"}"#, true),
        Row(#"{"Location":["New York"],"Day":["Monday"]}"#, #"{"Location":"New York","Day":"Friday"}"#, false),
        // Empty texts and null.
        Row(#"{"LastName":[""]}"#, #"{"LastName":""}"#, true),
        Row(#"{"LastName":[""]}"#, #"{"LastName":null}"#, false),
        Row(#"{"UserID":[null]}"#, #"{"UserID":null}"#, true),
        Row(#"{"UserID":[null]}"#, #"{"UserID":"null"}"#, false),
        Row(#"{"UserID":[null]}"#, #"{}"#, false),
        Row(#"{"on":[true]}"#, #"{"on":true}"#, true), Row(#"{"on":[true]}"#, #"{"on":"true"}"#, false),
        Row(#"{"n":[300]}"#, #"{"n":300}"#, true), Row(#"{"n":[300]}"#, #"{"n":"300"}"#, false),
        // Below other fields.
        Row(#"{"detail":{"state":["terminated"]}}"#, #"{"detail":{"state":"terminated","id":"i-1"}}"#, true),
        Row(#"{"detail":{"state":["terminated"]}}"#, #"{"detail":{"state":"running"}}"#, false),
        Row(#"{"detail":{"state":["terminated"]}}"#, #"{"detail":"terminated"}"#, false),
        // A list of the event matches by one of its elements.
        Row(#"{"resources":["b","c"]}"#, #"{"resources":["a","b"]}"#, true),
        Row(#"{"resources":["b","c"]}"#, #"{"resources":["a"]}"#, false),
        Row(#"{"resources":["b"]}"#, #"{"resources":[]}"#, false),
        Row(#"{"items":{"sku":["a"],"left":[0]}}"#, #"{"items":[{"sku":"a","left":0}]}"#, true),
        Row(#"{"items":{"sku":["a"],"left":[0]}}"#, #"{"items":[{"sku":"a","left":1},{"sku":"b","left":0}]}"#, false),
    ]

    private static let texts = [
        Row(#"{"time":[{"prefix":"2017-10-02"}]}"#, #"{"time":"2017-10-02T18:43:48Z"}"#, true),
        Row(#"{"time":[{"prefix":"2017-10-02"}]}"#, #"{"time":"2017-10-03T18:43:48Z"}"#, false),
        Row(#"{"n":[{"prefix":"1"}]}"#, #"{"n":12}"#, false),
        Row(#"{"service":[{"prefix":{"equals-ignore-case":"EventB"}}]}"#, #"{"service":"eventbridge"}"#, true),
        Row(#"{"service":[{"prefix":{"equals-ignore-case":"EventB"}}]}"#, #"{"service":"events"}"#, false),
        Row(#"{"FileName":[{"suffix":".png"}]}"#, #"{"FileName":"cat.png"}"#, true),
        Row(#"{"FileName":[{"suffix":".png"}]}"#, #"{"FileName":"cat.PNG"}"#, false),
        Row(#"{"FileName":[{"suffix":".png"}]}"#, #"{"FileName":"png"}"#, false),
        Row(#"{"service":[{"suffix":{"equals-ignore-case":"tBridge"}}]}"#, #"{"service":"EVENTBRIDGE"}"#, true),
        Row(#"{"Name":[{"equals-ignore-case":"alice"}]}"#, #"{"Name":"ALICE"}"#, true),
        Row(#"{"Name":[{"equals-ignore-case":"alice"}]}"#, #"{"Name":"Alicia"}"#, false),
        Row(#"{"FileName":[{"wildcard":"dir/*.png"}]}"#, #"{"FileName":"dir/a/b.png"}"#, true),
        Row(#"{"FileName":[{"wildcard":"dir/*.png"}]}"#, #"{"FileName":"dir/.png"}"#, true),
        Row(#"{"FileName":[{"wildcard":"dir/*.png"}]}"#, #"{"FileName":"dir/a.gif"}"#, false),
        Row(#"{"FileName":[{"wildcard":"dir/*.png"}]}"#, #"{"FileName":"my/dir/a.png"}"#, false),
        Row(#"{"f":[{"wildcard":"*"}]}"#, #"{"f":""}"#, true),
        Row(#"{"f":[{"wildcard":"a*b*c"}]}"#, #"{"f":"a-b-b-c"}"#, true),
        Row(#"{"f":[{"wildcard":"a*b*c"}]}"#, #"{"f":"a-c-b"}"#, false),
        // A star and a backslash that stand for themselves; no question mark.
        Row(#"{"f":[{"wildcard":"a\\*b"}]}"#, #"{"f":"a*b"}"#, true),
        Row(#"{"f":[{"wildcard":"a\\*b"}]}"#, #"{"f":"axb"}"#, false),
        Row(#"{"f":[{"wildcard":"a\\\\*"}]}"#, #"{"f":"a\\b"}"#, true),
        Row(#"{"f":[{"wildcard":"a?"}]}"#, #"{"f":"ab"}"#, false),
    ]

    private static let others = [
        Row(#"{"state":[{"anything-but":"initializing"}]}"#, #"{"state":"running"}"#, true),
        Row(#"{"state":[{"anything-but":"initializing"}]}"#, #"{"state":"initializing"}"#, false),
        Row(#"{"state":[{"anything-but":"initializing"}]}"#, #"{}"#, false),
        Row(#"{"limit":[{"anything-but":123}]}"#, #"{"limit":122}"#, true),
        Row(#"{"limit":[{"anything-but":[100,200,300]}]}"#, #"{"limit":200}"#, false),
        Row(#"{"state":[{"anything-but":["stopped","overloaded"]}]}"#, #"{"state":"overloaded"}"#, false),
        Row(#"{"state":[{"anything-but":["stopped","overloaded"]}]}"#, #"{"state":"running"}"#, true),
        Row(#"{"Region":[{"anything-but":{"prefix":"us-"}}]}"#, #"{"Region":"eu-west-1"}"#, true),
        Row(#"{"Region":[{"anything-but":{"prefix":"us-"}}]}"#, #"{"Region":"us-east-1"}"#, false),
        Row(#"{"f":[{"anything-but":{"suffix":[".txt",".rtf"]}}]}"#, #"{"f":"a.rtf"}"#, false),
        Row(#"{"f":[{"anything-but":{"suffix":[".txt",".rtf"]}}]}"#, #"{"f":"a.png"}"#, true),
        Row(
            #"{"state":[{"anything-but":{"equals-ignore-case":"initializing"}}]}"#, #"{"state":"INITIALIZING"}"#, false),
        Row(#"{"FilePath":[{"anything-but":{"wildcard":"*/lib/*"}}]}"#, #"{"FilePath":"a/lib/b"}"#, false),
        Row(#"{"FilePath":[{"anything-but":{"wildcard":"*/lib/*"}}]}"#, #"{"FilePath":"a/src/b"}"#, true),
        Row(#"{"Price":[{"numeric":["=",100]}]}"#, #"{"Price":100.0}"#, true),
        Row(#"{"Price":[{"numeric":[">",10,"<=",20]}]}"#, #"{"Price":10}"#, false),
        Row(#"{"Price":[{"numeric":[">",10,"<=",20]}]}"#, #"{"Price":10.5}"#, true),
        Row(#"{"Price":[{"numeric":[">",10,"<=",20]}]}"#, #"{"Price":20}"#, true),
        Row(#"{"Price":[{"numeric":[">",10,"<=",20]}]}"#, #"{"Price":20.1}"#, false),
        Row(#"{"Price":[{"numeric":["<",10]}]}"#, #"{"Price":"5"}"#, false),
        Row(#"{"x":[{"numeric":[">=",-1]}]}"#, #"{"x":-1}"#, true),
        Row(#"{"ip":[{"cidr":"10.0.0.0/24"}]}"#, #"{"ip":"10.0.0.255"}"#, true),
        Row(#"{"ip":[{"cidr":"10.0.0.0/24"}]}"#, #"{"ip":"10.0.1.0"}"#, false),
        Row(#"{"ip":[{"cidr":"10.0.0.0/24"}]}"#, #"{"ip":"not an address"}"#, false),
        Row(#"{"ip":[{"cidr":"2001:db8::/33"}]}"#, #"{"ip":"2001:db8:7fff::1"}"#, true),
        Row(#"{"ip":[{"cidr":"2001:db8::/33"}]}"#, #"{"ip":"2001:db8:8000::1"}"#, false),
        Row(#"{"ProductName":[{"exists":true}]}"#, #"{"ProductName":null}"#, true),
        Row(#"{"ProductName":[{"exists":true}]}"#, #"{}"#, false),
        Row(#"{"ProductName":[{"exists":false}]}"#, #"{}"#, true),
        Row(#"{"ProductName":[{"exists":false}]}"#, #"{"ProductName":"a"}"#, false),
        Row(#"{"detail":{"c-count":[{"exists":false}]}}"#, #"{"detail":{"a":1}}"#, true),
        Row(#"{"detail":{"c-count":[{"exists":false}]}}"#, #"{}"#, true),
        Row(#"{"items":{"sku":[{"exists":false}]}}"#, #"{"items":[]}"#, true),
        // Only leaves exist.
        Row(#"{"detail":[{"exists":true}]}"#, #"{"detail":{"a":1}}"#, false),
        // An operator beside plain values.
        Row(#"{"state":["on",{"prefix":"off-"}]}"#, #"{"state":"off-line"}"#, true),
        Row(#"{"state":["on",{"prefix":"off-"}]}"#, #"{"state":"on"}"#, true),
    ]

    private static let choices: [Row] = {
        let pattern = #"{"$or":[{"Location":["New York"]},{"Day":["Monday"]}]}"#
        let nested = """
            {"detail":{"$or":[{"c-count":[{"numeric":[">",0,"<=",5]}]},{"d-count":[{"numeric":["<",10]}]},
            {"x-limit":[{"numeric":["=",3.018e2]}]}]}}
            """
        let beside = #"{"source":["shop"],"$or":[{"a":[1]},{"b":[2],"c":[3]}]}"#
        return [
            Row(pattern, #"{"Location":"Paris","Day":"Monday"}"#, true),
            Row(pattern, #"{"Location":"New York","Day":"Friday"}"#, true),
            Row(pattern, #"{"Location":"Paris","Day":"Friday"}"#, false),
            Row(nested, #"{"detail":{"c-count":5}}"#, true), Row(nested, #"{"detail":{"c-count":6}}"#, false),
            Row(nested, #"{"detail":{"x-limit":301.8}}"#, true), Row(nested, #"{"detail":{"d-count":9}}"#, true),
            Row(beside, #"{"source":"shop","b":2,"c":3}"#, true), Row(beside, #"{"source":"shop","b":2}"#, false),
            Row(beside, #"{"source":"mall","a":1}"#, false),
            // Without mappings it is the name of a field.
            Row(#"{"$or":["a"]}"#, #"{"$or":"a"}"#, true),
        ]
    }()

    @Test(arguments: exact + texts + others + choices)
    func matching(row: Row) throws {
        let pattern = try EventPattern(JSONValue(parsing: row.pattern))
        #expect(pattern.matches(try JSONValue(parsing: row.event)) == row.matches)
    }

    @Test(arguments: [
        ("[]", "expected a mapping of an event's fields to lists of values"),
        ("{}", "expected a mapping of an event's fields to lists of values"),
        (#"{"source":"shop"}"#, #"source: expected a list of values, such as ["shop"]"#),
        (#"{"detail":{"a":[]}}"#, "detail.a: an empty list matches nothing"),
        (#"{"detail":{}}"#, "detail: an empty mapping selects nothing"),
        (#"{"a":[["b"]]}"#, "a: a list in a list of values cannot match"),
        (
            #"{"a":[{"prefix":"b","suffix":"c"}]}"#,
            #"a: expected one operator in each mapping, such as {"prefix": "a"}"#
        ),
        (
            #"{"a":[{"perfix":"b"}]}"#,
            "a: there is no operator perfix; there are prefix, suffix, equals-ignore-case, wildcard, anything-but, "
                + "numeric, cidr, exists"
        ),
        (#"{"a":[{"prefix":1}]}"#, "a: prefix expects a text"),
        (#"{"a":[{"wildcard":"b**c"}]}"#, "a: wildcard: two stars in a row"),
        (#"{"a":[{"wildcard":"b\\c"}]}"#, "a: wildcard: a backslash stands before a star or a backslash"),
        (#"{"a":[{"exists":"yes"}]}"#, "a: exists expects true or false"),
        (#"{"a":[{"cidr":"10.0.0.0/33"}]}"#, "a: cidr expects a range of addresses, such as 10.0.0.0/24"),
        (
            #"{"a":[{"numeric":[">"]}]}"#,
            #"a: numeric expects one or two signs, each with a number, such as [">", 0, "<=", 5]"#
        ),
        (
            #"{"a":[{"numeric":["!=", 3]}]}"#,
            #"a: numeric expects one or two signs, each with a number, such as [">", 0, "<=", 5]"#
        ),
        (
            #"{"a":[{"anything-but":[]}]}"#,
            "a: anything-but expects texts, numbers, or one of prefix, suffix, equals-ignore-case, wildcard"
        ),
        (#"{"$or":[{"a":[1]}]}"#, "$or: expected two or more mappings to choose from"),
    ])
    func faults(pattern: String, message: String) throws {
        let json = try JSONValue(parsing: pattern)
        #expect { try EventPattern(json) } throws: { ($0 as? EventPattern.Fault)?.message == message }
    }
}
