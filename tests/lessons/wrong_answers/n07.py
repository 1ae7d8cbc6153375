"""Typical wrong answers to the exercises of notebook 07, and words of the message for each."""

ASK = """
def ask_server(address, content):
    try:
        reply = httpx.post(address + "predict", files={"file": content})
    except httpx.HTTPError:
        return None
    if reply.status_code != 200:
        return None
    answer = reply.json()
    return None if answer["verdict"] == "no digit" else answer["digit"]
"""
LAST = 'None if answer["verdict"] == "no digit" else answer["digit"]'
WHO = "gets_an_answer = dict(a=True, b=False, c=True, d=False, e=True, f=False)"

WRONG = {
    ("07.1", ASK.replace(LAST, "{}")): {
        'answer["digit"]': "best guess",
        'answer["digit"] if answer["verdict"] == "sure" else None': "unsure",
        'str(answer["digit"])': "whole number",
        "answer": "whole number",
        "None": "None every time",
        'None if answer["verdict"] == "no digit" else answer["digit"] or None': "counts 0 as false",
    },
    ("07.1", ASK.replace("status_code != 200", "{}")): {
        "status_code == 400": "for each status but 200",
        "status_code == 500": "for each status but 200",
    },
    ("07.1", ASK.replace("status_code != 200", "{}") + " "): {
        "status_code >= 400": "such as 202",
        "is_error": "such as 202",
        "status_code in (400, 404, 413, 500)": "such as 202",
        "status_code != '200'": "The status is a number",
    },
    ("07.1", ASK.replace("httpx.HTTPError", "{}")): {
        "httpx.HttpError": "has no attribute 'HttpError'. `except httpx.HTTPError` catches",
        "ValueError": "Nobody answers",
        "httpx.TimeoutException": "Nobody answers",
        "httpx.ConnectError": "ends the connection",
        "(httpx.ConnectError, httpx.TimeoutException)": "ends the connection",
        "(httpx.ConnectError, httpx.RemoteProtocolError)": "takes too long",
    },
    ("07.1", ASK.replace("        return None\n    if reply", "{}\n    if reply")): {
        "        pass": "return None below it",
    },
    ("07.1", ASK.replace("httpx.post", "{}")): {"httpx.get": "`post`"},
    ("07.1", ASK.replace("content}", "{}}")): {
        "open(content)": "no file to open",
        "str(content).encode()": "not the content",
    },
    ("07.1", ASK.replace('"predict"', "{}")): {"'/predict'": "one `/` too many", "''": "/predict"},
    ("07.1", ASK.replace('"file"', "{}")): {"'picture'": "form field", "'content'": "form field"},
    ("07.1", ASK.replace('files={"file": content}', "{}")): {"content=content": "form field"},
    ("07.1", ASK.replace('httpx.post(address + "predict", files={"file": content})', "{}")): {
        'httpx.get(address + "predict")': "`post`",
    },
    ("07.1", ASK.replace("reply.json()", "{}")): {
        "reply.json": "with brackets only, such as",
        "reply.text": "This is a text",
    },
    ("07.1", ASK.replace("reply.status_code", "{}")): {"reply.status": "has `status_code` and"},
    ("07.1", ASK.replace("    if reply.status_code != 200:\n        return None", "    {}")): {
        "reply.raise_for_status()": "status 400, and your function stops with HTTPStatusError",
    },
    ("07.1", ASK.replace("        reply =", "        {}\n        reply =")): {
        "httpx.get(address)": "`post` alone is enough",
    },
    ("07.1", ASK.replace("httpx.HTTPError", "Exception").replace("httpx.post", "{}")): {
        "httpx.pots": "`except httpx.HTTPError` lets others through",
    },
    ("07.1", ASK.replace(LAST, "{}") + "  "): {
        'None if answer["digit"] in (0, None) else answer["digit"]': "it is a digit, too",
        '(answer["digit"] or None) if answer["verdict"] == "sure" else None': "should return 0",
    },
    ("07.1", "{}"): {
        ASK.replace("    try:", "    for _ in range(3):\n      try:")
        .replace("        reply", "          reply")
        .replace("    except httpx.HTTPError:\n        return None", "          break\n{}")
        .replace(
            "{}", "      except httpx.HTTPError:\n        pass\n    else: return None"
        ): "3 times"
    },
    ("07.2", WHO + "\ngets_an_answer{}"): {
        "['a'] = False": "One is wrong. Look at a",
        "['b'] = True": "Look at b",
        "['c'] = False": "Look at c",
        "['d'] = True": "Look at d",
        "['e'] = False": "Look at e",
        "['f'] = True": "Look at f",
        "['a'] = 'yes'": "True or False",
        "['a'] = 1": "for each. One of yours is an int",
        ".pop('f')": "keys should be",
    },
}

RIGHT = {
    "07.1": [
        ASK,
        ASK.replace("httpx.HTTPError", "Exception"),
        ASK.replace("!= 200", "!= httpx.codes.OK"),
        ASK.replace("content}", "('a.png', content)}"),
        ASK.replace(LAST, 'answer["digit"] if answer["verdict"] in ("sure", "unsure") else None'),
        ASK.replace("httpx.post(", "httpx.Client().post("),
    ],
    "07.2": [
        WHO,
        "gets_an_answer = {key: key in 'ace' for key in 'abcdef'}",
        "gets_an_answer = dict(zip('abcdef', [True, False] * 3))",
        "gets_an_answer = dict.fromkeys('bdf', False) | dict.fromkeys('ace', True)",
        "gets_an_answer = {'f': 1 > 2, 'e': not False, 'd': bool(0), 'c': True, 'b': False}\n"
        "gets_an_answer['a'] = True",
        "import numpy as np\n"
        "gets_an_answer = dict(zip('abcdef', np.array([1, 0, 1, 0, 1, 0]) > 0))",
        "import collections\n"
        "gets_an_answer = collections.defaultdict(bool, a=True, c=True, e=True)\n"
        "[gets_an_answer[key] for key in 'bdf']",
    ],
}
