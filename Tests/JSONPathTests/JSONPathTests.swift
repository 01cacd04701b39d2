import JSON
import Testing

@testable import JSONPath

/// The expected values are those of the reference implementation in Python, jsonpath-rfc9535 1.0.1.
@Suite struct JSONPathTests {
    static let store = #"""
        {"store":{"book":[{"category":"reference", "author":"Nigel Rees", "title":"Sayings", "price":8.95},
        {"category":"fiction", "author":"Evelyn Waugh", "title":"Sword", "price":12.99},
        {"category":"fiction", "author":"Melville", "title":"Moby", "isbn":"0-553", "price":8.99}],
        "bicycle":{"color":"red", "price":399}}}
        """#

    static let mix = #"""
        {"o":{"j":1, "k":2}, "a":[5, 3, {"b":"j"}, {"b":["k"]}], "n":null, "t":true, "x y":"s", "é":"ü",
        "q'":1, "\"":2, "e":[], "1":"one", "dots.in":"name", "s":["ab", "bab", "xaby", "AB"], "num":[1,
        1.0, 2, 100.0, -1]}
        """#

    @Test(arguments: [
        (".store.book[*].author", #"["Nigel Rees","Evelyn Waugh","Melville"]"#),
        ("..author", #"["Nigel Rees","Evelyn Waugh","Melville"]"#),
        (
            ".store.*",
            #"[[{"category":"reference","author":"Nigel Rees","title":"Sayings","price":8.95},{"category":"fiction","author":"Evelyn Waugh","title":"Sword","price":12.99},{"category":"fiction","author":"Melville","title":"Moby","isbn":"0-553","price":8.99}],{"color":"red","price":399}]"#
        ),
        (".store..price", "[8.95,12.99,8.99,399]"),
        ("..book[2]", #"[{"category":"fiction","author":"Melville","title":"Moby","isbn":"0-553","price":8.99}]"#),
        ("..book[-1].title", #"["Moby"]"#),
        ("..book[0,1].title", #"["Sayings","Sword"]"#),
        ("..book[:2].title", #"["Sayings","Sword"]"#),
        ("..book[1:].title", #"["Sword","Moby"]"#),
        ("..book[::-1].title", #"["Moby","Sword","Sayings"]"#),
        ("..book[?@.isbn].title", #"["Moby"]"#),
        ("..book[?@.price<10].title", #"["Sayings","Moby"]"#),
        ("..book[?(@.price < 10)].title", #"["Sayings","Moby"]"#),
        ("..book[?(@.category == 'fiction' && @.price > 10)].title", #"["Sword"]"#),
        ("..book[?@.category != 'fiction'].title", #"["Sayings"]"#),
        ("..book[?!@.isbn].title", #"["Sayings","Sword"]"#),
        ("..book[?(!(@.price < 10) || @.isbn)].title", #"["Sword","Moby"]"#),
        ("..book[?length(@.author) == 8].title", #"["Moby"]"#),
        ("..book[?match(@.title, 'S.*')].title", #"["Sayings","Sword"]"#),
        ("..book[?search(@.title, 'o')].title", #"["Sword","Moby"]"#),
        ("..book[?@.price == $.store.book[0].price].title", #"["Sayings"]"#),
        ("..book[?count(@.*) > 4].title", #"["Moby"]"#),
        ("[?count(@..price) == 4].bicycle.color", #"["red"]"#),
        ("['store']['bicycle']['color']", #"["red"]"#),
        ("..bicycle[?@ == 'red']", #"["red"]"#),
        ("..[?@.color].price", "[399]"),
        ("..book[1:3].price", "[12.99,8.99]"),
        ("..book[5]", "[]"),
        ("..nothing", "[]"),
        ("..book[?@.price > $.store.bicycle.price]", "[]"),
    ])
    func store(_ path: String, _ expected: String) throws {
        try check(path, in: Self.store, expected)
    }

    @Test(arguments: [
        ("['x y']", #"["s"]"#),
        (#"["x y"]"#, #"["s"]"#),
        ("['é']", #"["ü"]"#),
        (".é", #"["ü"]"#),
        (#"['q\'']"#, "[1]"),
        (#"["q'"]"#, "[1]"),
        (#"['"']"#, "[2]"),
        (#"["\""]"#, "[2]"),
        ("['dots.in']", #"["name"]"#),
        (#"['\u0078 y']"#, #"["s"]"#),
        (".o[*]", "[1,2]"),
        (".a[*].b", #"["j",["k"]]"#),
        (".a[?@.b]", #"[{"b":"j"},{"b":["k"]}]"#),
        (".a[?@ > 3]", "[5]"),
        (".a[?@ == 5 || @ == 3]", "[5,3]"),
        (".a[1:2]", "[3]"),
        (".a[-2:]", #"[{"b":"j"},{"b":["k"]}]"#),
        (".a[:-1]", #"[5,3,{"b":"j"}]"#),
        (".a[::2]", #"[5,{"b":"j"}]"#),
        (".a[3:0:-2]", #"[{"b":["k"]},3]"#),
        (".a[::0]", "[]"),
        (".a[-1].b[0]", #"["k"]"#),
        (".a[-9]", "[]"),
        (".a[9]", "[]"),
        (".e[*]", "[]"),
        (".e[0]", "[]"),
        (".n[?@.x]", "[]"),
        ("[?@ == null]", "[null]"),
        ("[?@ == true]", "[true]"),
        (".s[?match(@, 'ab')]", #"["ab"]"#),
        (".s[?match(@, '.*ab.*')]", #"["ab","bab","xaby"]"#),
        (".s[?search(@, '^ab')]", #"["ab"]"#),
        (".num[?@ == 1]", "[1,1]"),
        (".num[?@ >= 2.0]", "[2,100]"),
        (".num[?@ < 0]", "[-1]"),
        (".num[?@ == 1e2]", "[100]"),
        (".num[?@ != 1]", "[2,100,-1]"),
        (".o[?@ < 2]", "[1]"),
        (".a[?@.b == 'j']", #"[{"b":"j"}]"#),
        (".a[?@.b[0] == 'k']", #"[{"b":["k"]}]"#),
        (".a[?length(@.b) == 1]", #"[{"b":"j"},{"b":["k"]}]"#),
        (".a[?value(@..b) == 'j']", #"[{"b":"j"}]"#),
        (".a[?@.nope == @.neither].b", #"["j",["k"]]"#),
        ("..b", #"["j",["k"]]"#),
        ("..*[0]", #"[5,"ab",1,"k"]"#),
        (".*[0]", #"[5,"ab",1]"#),
        ("['o','a'].j", "[1]"),
        ("['1']", #"["one"]"#),
    ])
    func mix(_ path: String, _ expected: String) throws {
        try check(path, in: Self.mix, expected)
    }

    private func check(_ path: String, in document: String, _ expected: String) throws {
        let values = try JSONPath(Array(path.utf8)[...]).values(in: JSONValue(parsing: document))
        let wanted = try JSONValue(parsing: expected)
        #expect(values?.count == wanted.arrayValue?.count)
        for (value, other) in zip(values ?? [], wanted.arrayValue ?? []) {
            #expect(value == other || value.doubleValue != nil && value.doubleValue == other.doubleValue)
        }
    }

    @Test(arguments: [
        ("", true), (".a['b'][-1]", true), (".a[*]", false), ("..a", false), (".a[0,1]", false), (".a[0:1]", false),
        (".a[?@.b]", false),
    ])
    func singular(_ path: String, _ expected: Bool) throws {
        #expect(try JSONPath(Array(path.utf8)[...]).isSingular == expected)
    }

    @Test(arguments: [
        (".", 1), ("..", 2), (".a.", 3), (".a[", 3), (".a[]", 3), (".a[wat]", 3), (".a[01]", 3), (".a[-0]", 3),
        (".a['b]", 3), (".a['b'", 6), (".a[1", 4), (".a[1 2]", 5), (".a[?]", 4), (".a[?@.b ==]", 10),
        (".a[?@.b = 1]", 8), (".a[?'x']", 7), (".a[?(@.b]", 8), (".a[?!@.b == 1]", 5), (".a[?@.* == 1]", 4),
        (".a[?@..b == 1]", 4), (".a[?length(@.*) == 1]", 4), (".a[?count(1) == 1]", 4), (".a[?nope(@) == 1]", 4),
        (".a[?match(@, @.b)]", 13), (".a[?match(@, '(')]", 4), (".a[?@.b == 01]", 11), (".a b[*]", 2), (".a[*] b", 5),
        (".a[9007199254740992]", 3), ("[?" + String(repeating: "(", count: 100) + "@.a", 51),
    ])
    func faultyPaths(_ path: String, _ offset: Int) {
        let error = #expect(throws: JSONPathError.self) { try JSONPath(Array(path.utf8)[...]) }
        #expect(error?.offset == offset, "\(String(describing: error))")
    }

    @Test func theWorkIsBounded() throws {
        let deep = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        let wide = "[" + String(repeating: "[0,0,0,0],", count: 20_000) + "0]"
        let strings = "[" + String(repeating: #""aaaaaaaaaaaaaaaaaaaaaaaab","#, count: 1_000) + "0]"
        for (document, path, isTooMuch) in [
            (deep, "..*..*", false), (deep, "..*..*..*", true), (wide, "..*..*", false),
            (wide, "[?count($..*) > 1]", true), (strings, "[?search(@, 'a+$')]", false),
            (strings, "[?search(@, '(a+)+$')]", true),
        ] {
            let values = try JSONPath(Array(path.utf8)[...]).values(in: JSONValue(parsing: document))
            #expect((values == nil) == isTooMuch, "\(path)")
        }
    }
}
