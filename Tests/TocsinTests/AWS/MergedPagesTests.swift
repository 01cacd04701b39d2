import JSON
import Testing

@testable import tocsin

/// Pages as one result.
struct MergedPagesTests {
    @Test(
        "results are joined, what all pages share stays, what differs goes",
        arguments: [
            (["Items"], [["Items": [1], "NextToken": "a"]], ["Items": [1], "NextToken": "a"]),
            (
                ["Items"], [["Items": [1], "Prefix": "p", "NextToken": "a"], ["Items": [2], "Prefix": "p"]],
                ["Items": [1, 2], "Prefix": "p"]
            ),
            (
                ["Items"], [["Items": [1], "KeyCount": 1], ["Items": [2, 3], "KeyCount": 2], ["KeyCount": 1]],
                ["Items": [1, 2, 3]]
            ),
            (["Items"], [["Token": "a"], ["Items": [2]]], ["Items": [2]]),
            (
                ["Items", "Count", "Cost"],
                [["Items": [1], "Count": 1, "Cost": 0.5], ["Items": [2], "Count": 2, "Cost": 1]],
                ["Items": [1, 2], "Count": 3, "Cost": 1.5]
            ),
            (["Data"], [["Data": "ab"], ["Data": "c"]], ["Data": "abc"]),
            (
                ["List.Items"],
                [
                    ["List": ["Marker": "", "Items": [1], "Quantity": 1, "MaxItems": 1]],
                    ["List": ["Marker": "x", "Items": [2], "Quantity": 1, "MaxItems": 1]],
                ],
                ["List": ["Items": [1, 2], "Quantity": 1, "MaxItems": 1]]
            ),
            (
                ["items"], [["items": ["k": [[1]]]], ["items": ["k": [[2]], "l": []]]],
                ["items": ["k": [[1], [2]], "l": []]]
            ),
            (["Items"], [], [:]),
        ] as [([String], [JSONValue], JSONObject)])
    func merged(results: [String], pages: [JSONValue], expected: JSONObject) {
        var whole = MergedPages(results: results)
        for page in pages { whole.add(page) }
        #expect(whole.output == expected)
    }

    @Test(
        "a limit cuts the first list of results",
        arguments: [("Items", 4, 3, 0), ("Items", 3, 3, 0), ("Items", 2, 2, 1), ("L.Items", 1, 1, 2)])
    func limit(path: String, limit: Int, left: Int, leftOut: Int) {
        var whole = MergedPages(results: [path])
        let list: JSONValue = ["Items": [1, 2, 3]]
        whole.add(path == "Items" ? list : ["L": list])
        #expect(whole.cut(to: limit) == leftOut)
        #expect(whole.itemCount == left)
    }
}
