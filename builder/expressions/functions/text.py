"""Text. Characters are Unicode code points; empty text and no value are the same thing."""

from __future__ import annotations

from builder.expressions.functions.base import FunctionSpec
from builder.expressions.types import Type

FUNCTIONS = (
    FunctionSpec(
        "CONCAT", "text:text*", Type.TEXT, "Joins texts, as & does.", "连接文本，与 & 相同。",
        (('CONCAT("a", NULL, "b")', '"ab"'), ("CONCAT(NULL)", "NULL")), "合并文本",
    ),
    FunctionSpec(
        "LEFT", "text:text count:number?", Type.TEXT,
        "The first characters (one when no count is given).", "取左边若干个字符（默认 1 个）。",
        (('LEFT("云帆科技", 2)', '"云帆"'), ('LEFT("abc")', '"a"'), ('LEFT("abc", -1)', "NULL")), "左取",
    ),
    FunctionSpec(
        "RIGHT", "text:text count:number?", Type.TEXT,
        "The last characters (one when no count is given).", "取右边若干个字符（默认 1 个）。",
        (('RIGHT("云帆科技", 2)', '"科技"'), ('RIGHT("abc")', '"c"')), "右取",
    ),
    FunctionSpec(
        "MID", "text:text start:number count:number", Type.TEXT,
        "Characters from a position on; the first has position 1.", "从指定位置起取若干个字符，首字符位置为 1。",
        (('MID("abcdef", 2, 3)', '"bcd"'), ('MID("abc", 9, 1)', "NULL")), "截取",
    ),
    FunctionSpec(
        "LEN", "text:text", Type.NUMBER, "How many characters; 0 for nothing.", "字符个数；空值为 0。",
        (('LEN("a😀")', "2"), ("LEN(NULL)", "0")), "文本长度",
    ),
    FunctionSpec(
        "FIND", "part:text text:text start:number?", Type.NUMBER,
        "Position of one text in another, case counts; 0 when it is not there.", "查找文本的位置（区分大小写）；找不到为 0。",
        (('FIND("c", "abc")', "3"), ('FIND("a", "banana", 3)', "4"), ('FIND("x", "abc")', "0")), "查找",
    ),
    FunctionSpec(
        "REPLACE", "text:text start:number count:number new:text", Type.TEXT,
        "Puts new text in place of so many characters from a position on.", "用新文本替换指定位置的若干个字符。",
        (('REPLACE("abcdef", 2, 3, "X")', '"aXef"'), ('REPLACE("abc", 1, 1, NULL)', '"bc"')), "替换",
    ),
    FunctionSpec(
        "SUBSTITUTE", "text:text old:text new:text", Type.TEXT,
        "Replaces every occurrence of one text by another (of at most 255 characters).", "将所有旧文本替换为新文本（新文本最多 255 个字符）。",
        (('SUBSTITUTE("a-b-c", "-", "/")', '"a/b/c"'), ('SUBSTITUTE("aa", "a", "")', "NULL")), "全部替换",
    ),
    FunctionSpec(
        "TRIM", "text:text", Type.TEXT,
        "Removes blanks at both ends, full-width ones too.", "去掉首尾空白（包括全角空格）。",
        (('TRIM("  a b　")', '"a b"'), ('TRIM("  ")', "NULL")), "去空格",
    ),
    FunctionSpec(
        "UPPER", "text:text", Type.TEXT, "Capital letters.", "转换为大写。", (('UPPER("aÄ1")', '"AÄ1"'),), "大写",
    ),
    FunctionSpec(
        "LOWER", "text:text", Type.TEXT, "Small letters.", "转换为小写。", (('LOWER("AÄ1")', '"aä1"'),), "小写",
    ),
    FunctionSpec(
        "REPT", "text:text times:number", Type.TEXT,
        "Repeats a text, up to 32,000 characters in all.", "重复文本，总长不超过 32,000 个字符。",
        (('REPT("ab", 3)', '"ababab"'), ('REPT("a", 0)', "NULL"), ('REPT("a", 99999)', "#VALUE!")), "重复",
    ),
    FunctionSpec(
        "TEXT", "value:any format:text!?", Type.TEXT,
        'A value as text, with a format such as "#,##0.00", "0%", "YYYY-MM-DD HH:mm".',
        "按格式将值转为文本，例如 \"#,##0.00\"、\"0%\"、\"YYYY年MM月DD日\"。",
        (
            ('TEXT(1234.5, "#,##0.00")', '"1,234.50"'), ("TEXT(1.50)", '"1.5"'), ('TEXT(0.256, "0%")', '"26%"'),
            ('TEXT(#2024-05-01#, "YYYY年MM月DD日")', '"2024年05月01日"'), ("TEXT(TRUE)", '"TRUE"'),
        ),
        "转文本",
    ),
    FunctionSpec(
        "VALUE", "text:text", Type.NUMBER,
        "A number from text such as 12 or -3.50.", "将文本转为数字，例如 12 或 -3.50。",
        (('VALUE(" -3.50 ")', "-3.5"), ('VALUE("12a")', "#VALUE!"), ("VALUE(NULL)", "NULL")), "转数字",
    ),
    FunctionSpec(
        "EXACT", "left:text right:text", Type.BOOLEAN,
        "True when two texts are the same, case included.", "两个文本完全相同（区分大小写）时为真。",
        (('EXACT("a", "A")', "FALSE"), ('EXACT("", NULL)', "TRUE")), "完全相同",
    ),
    FunctionSpec(
        "STARTSWITH", "text:text part:text", Type.BOOLEAN,
        "True when the text begins with the part; case counts.", "文本以指定内容开头时为真（区分大小写）。",
        (('STARTSWITH("abc", "ab")', "TRUE"), ('STARTSWITH("abc", "A")', "FALSE"), ('STARTSWITH("abc", "")', "FALSE")),
        "开头是",
    ),
    FunctionSpec(
        "ENDSWITH", "text:text part:text", Type.BOOLEAN,
        "True when the text ends with the part; case counts.", "文本以指定内容结尾时为真（区分大小写）。",
        (('ENDSWITH("abc", "bc")', "TRUE"), ('ENDSWITH("abc", NULL)', "FALSE")), "结尾是",
    ),
    FunctionSpec(
        "CONTAINS", "text:text part:text", Type.BOOLEAN,
        "True when the part is in the text; case counts. Nothing is never contained.",
        "文本包含指定内容时为真（区分大小写）。空内容永不包含。",
        (('CONTAINS("abc", "b")', "TRUE"), ('CONTAINS("abc", "B")', "FALSE"), ('CONTAINS("100%", "%")', "TRUE")), "包含",
    ),
    FunctionSpec(
        "ICONTAINS", "text:text part:text", Type.BOOLEAN,
        'CONTAINS without regard to case: what "contains" in a condition means.',
        "不区分大小写的包含，即条件中的“包含”。",
        (('ICONTAINS("abc", "B")', "TRUE"), ('ICONTAINS("a_c", "%")', "FALSE")), "包含不分大小写",
    ),
    FunctionSpec(
        "ISTARTSWITH", "text:text part:text", Type.BOOLEAN,
        'STARTSWITH without regard to case: what "starts with" in a condition means.',
        "不区分大小写的开头匹配，即条件中的“开头是”。",
        (('ISTARTSWITH("Abc", "aB")', "TRUE"), ('ISTARTSWITH("abc", "")', "FALSE")), "开头是不分大小写",
    ),
    FunctionSpec(
        "MASK", "text:text first:number last:number", Type.TEXT,
        "Hides the middle of a text with stars, keeping so many characters at each end.",
        "脱敏：保留首尾若干个字符，中间用星号代替。",
        (('MASK("13812345678", 3, 4)', '"138****5678"'), ('MASK("abc", 2, 2)', '"***"')), "脱敏",
    ),
)
