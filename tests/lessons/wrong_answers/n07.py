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
        "status_code == 400": "Look at the status",
        "status_code == 500": "Look at the status",
    },
    ("07.1", ASK.replace("httpx.HTTPError", "{}")): {"ValueError": "Nobody answers"},
    ("07.1", ASK.replace('"predict"', "{}")): {"'/predict'": "/predict", "''": "/predict"},
    ("07.1", ASK.replace('"file"', "{}")): {"'picture'": "form field", "'content'": "form field"},
    ("07.1", ASK.replace('files={"file": content}', "{}")): {"content=content": "form field"},
    ("07.1", ASK.replace('httpx.post(address + "predict", files={"file": content})', "{}")): {
        'httpx.get(address + "predict")': "`post`",
    },
    ("07.2", WHO + "\ngets_an_answer{}"): {
        "['a'] = False": "Look at a",
        "['b'] = True": "Look at b",
        "['c'] = False": "Look at c",
        "['d'] = True": "Look at d",
        "['e'] = False": "Look at e",
        "['f'] = True": "Look at f",
        "['a'] = 'yes'": "True or False",
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
    "07.2": [WHO, "gets_an_answer = {key: key in 'ace' for key in 'abcdef'}"],
}
