{
 "patcher": {
  "fileversion": 1,
  "appversion": {
   "major": 8,
   "minor": 0,
   "revision": 0
  },
  "classnamespace": "box",
  "rect": [
   60.0,
   90.0,
   1020.0,
   920.0
  ],
  "openinpresentation": 1,
  "default_fontsize": 12.0,
  "default_fontname": "Arial",
  "bgcolor": [
   0.957,
   0.949,
   0.933,
   1.0
  ],
  "editing_bgcolor": [
   0.957,
   0.949,
   0.933,
   1.0
  ],
  "boxes": [
   {
    "box": {
     "id": "obj-1",
     "maxclass": "panel",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      10,
      10,
      1000,
      62
     ],
     "presentation": 1,
     "presentation_rect": [
      10,
      10,
      1000,
      62
     ],
     "background": 1,
     "bgcolor": [
      0.894,
      0.878,
      0.847,
      1.0
     ],
     "rounded": 0
    }
   },
   {
    "box": {
     "id": "obj-2",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      16,
      14,
      988,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      16,
      14,
      988,
      24
     ],
     "text": "Distill Live",
     "fontsize": 14.0,
     "fontface": 1,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-3",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      20,
      960,
      230,
      22
     ],
     "text": "udpsend 127.0.0.1 9010"
    }
   },
   {
    "box": {
     "id": "obj-4",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      960,
      230,
      22
     ],
     "text": "r distill-send"
    }
   },
   {
    "box": {
     "id": "obj-5",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      960,
      230,
      22
     ],
     "text": "udpreceive 9011"
    }
   },
   {
    "box": {
     "id": "obj-6",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      770,
      960,
      230,
      22
     ],
     "text": "s distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-7",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      16,
      42,
      40,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      16,
      42,
      40,
      20
     ],
     "text": "host",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-8",
     "maxclass": "textedit",
     "numinlets": 1,
     "numoutlets": 4,
     "outlettype": [
      "",
      "",
      "",
      ""
     ],
     "patching_rect": [
      54,
      42,
      110,
      22
     ],
     "presentation": 1,
     "presentation_rect": [
      54,
      42,
      110,
      22
     ],
     "text": "127.0.0.1",
     "keymode": 1,
     "lines": 1
    }
   },
   {
    "box": {
     "id": "obj-9",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1020,
      960,
      230,
      22
     ],
     "text": "route text"
    }
   },
   {
    "box": {
     "id": "obj-10",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      960,
      230,
      22
     ],
     "text": "prepend host"
    }
   },
   {
    "box": {
     "id": "obj-11",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      170,
      42,
      40,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      170,
      42,
      40,
      20
     ],
     "text": "port",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-12",
     "maxclass": "number",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      206,
      42,
      60,
      22
     ],
     "presentation": 1,
     "presentation_rect": [
      206,
      42,
      60,
      22
     ],
     "minimum": 1,
     "maximum": 65535
    }
   },
   {
    "box": {
     "id": "obj-13",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      960,
      230,
      22
     ],
     "text": "prepend port"
    }
   },
   {
    "box": {
     "id": "obj-14",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      272,
      42,
      44,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      272,
      42,
      44,
      20
     ],
     "text": "listen",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-15",
     "maxclass": "number",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      316,
      42,
      60,
      22
     ],
     "presentation": 1,
     "presentation_rect": [
      316,
      42,
      60,
      22
     ],
     "minimum": 1,
     "maximum": 65535
    }
   },
   {
    "box": {
     "id": "obj-16",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      960,
      230,
      22
     ],
     "text": "prepend port"
    }
   },
   {
    "box": {
     "id": "obj-17",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      994,
      230,
      22
     ],
     "text": "int 9011"
    }
   },
   {
    "box": {
     "id": "obj-18",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      994,
      230,
      22
     ],
     "text": "loadbang"
    }
   },
   {
    "box": {
     "id": "obj-19",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      994,
      230,
      22
     ],
     "text": "set 9010"
    }
   },
   {
    "box": {
     "id": "obj-20",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      994,
      230,
      22
     ],
     "text": "set 9011"
    }
   },
   {
    "box": {
     "id": "obj-21",
     "maxclass": "toggle",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      388,
      42,
      22,
      22
     ],
     "presentation": 1,
     "presentation_rect": [
      388,
      42,
      22,
      22
     ],
     "checkedcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-22",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      414,
      42,
      60,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      414,
      42,
      60,
      20
     ],
     "text": "connect",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-23",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1020,
      994,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-24",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1270,
      994,
      230,
      22
     ],
     "text": "sel 1"
    }
   },
   {
    "box": {
     "id": "obj-25",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      994,
      230,
      22
     ],
     "text": "/distill/notify 1 $1"
    }
   },
   {
    "box": {
     "id": "obj-26",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1770,
      994,
      230,
      22
     ],
     "text": "t b s"
    }
   },
   {
    "box": {
     "id": "obj-27",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      1028,
      230,
      22
     ],
     "text": "int 9011"
    }
   },
   {
    "box": {
     "id": "obj-28",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1028,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-29",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      520,
      1028,
      230,
      22
     ],
     "text": "route /distill/id"
    }
   },
   {
    "box": {
     "id": "obj-30",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1028,
      230,
      22
     ],
     "text": "unpack s"
    }
   },
   {
    "box": {
     "id": "obj-31",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1028,
      230,
      22
     ],
     "text": "pack 0 s"
    }
   },
   {
    "box": {
     "id": "obj-32",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1028,
      230,
      22
     ],
     "text": "prepend /distill/notify 1"
    }
   },
   {
    "box": {
     "id": "obj-33",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1520,
      1028,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-34",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1770,
      1028,
      230,
      22
     ],
     "text": "sel 0"
    }
   },
   {
    "box": {
     "id": "obj-35",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      20,
      1062,
      230,
      22
     ],
     "text": "t b b"
    }
   },
   {
    "box": {
     "id": "obj-36",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1062,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-37",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      520,
      1062,
      230,
      22
     ],
     "text": "route /distill/update"
    }
   },
   {
    "box": {
     "id": "obj-38",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      770,
      1062,
      230,
      22
     ],
     "text": "s distill-reset"
    }
   },
   {
    "box": {
     "id": "obj-39",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1062,
      230,
      22
     ],
     "text": "/distill/axis/list"
    }
   },
   {
    "box": {
     "id": "obj-40",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1062,
      230,
      22
     ],
     "text": "/distill/corpus/list"
    }
   },
   {
    "box": {
     "id": "obj-41",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      1062,
      230,
      22
     ],
     "text": "/distill/preset/list"
    }
   },
   {
    "box": {
     "id": "obj-42",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1062,
      230,
      22
     ],
     "text": "/distill/gesture/list"
    }
   },
   {
    "box": {
     "id": "obj-43",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      1096,
      230,
      22
     ],
     "text": "/distill/model/list"
    }
   },
   {
    "box": {
     "id": "obj-44",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1096,
      230,
      22
     ],
     "text": "/distill/meters 20"
    }
   },
   {
    "box": {
     "id": "obj-45",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      520,
      1096,
      230,
      22
     ],
     "text": "sel 0"
    }
   },
   {
    "box": {
     "id": "obj-46",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1096,
      230,
      22
     ],
     "text": "int 9011"
    }
   },
   {
    "box": {
     "id": "obj-47",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1096,
      230,
      22
     ],
     "text": "/distill/notify 0 $1"
    }
   },
   {
    "box": {
     "id": "obj-48",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1096,
      230,
      22
     ],
     "text": "metro 5000"
    }
   },
   {
    "box": {
     "id": "obj-49",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1520,
      1096,
      230,
      22
     ],
     "text": "t b b"
    }
   },
   {
    "box": {
     "id": "obj-50",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1096,
      230,
      22
     ],
     "text": "/distill/status"
    }
   },
   {
    "box": {
     "id": "obj-51",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      1130,
      230,
      22
     ],
     "text": "int 1"
    }
   },
   {
    "box": {
     "id": "obj-52",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      270,
      1130,
      230,
      22
     ],
     "text": "sel 0"
    }
   },
   {
    "box": {
     "id": "obj-53",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      1130,
      230,
      22
     ],
     "text": "0"
    }
   },
   {
    "box": {
     "id": "obj-54",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1130,
      230,
      22
     ],
     "text": "1"
    }
   },
   {
    "box": {
     "id": "obj-55",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1130,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-56",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1270,
      1130,
      230,
      22
     ],
     "text": "route /distill/meter/load"
    }
   },
   {
    "box": {
     "id": "obj-57",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      490,
      42,
      150,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      490,
      42,
      150,
      20
     ],
     "text": "-",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-58",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1520,
      1130,
      230,
      22
     ],
     "text": "unpack s 0."
    }
   },
   {
    "box": {
     "id": "obj-59",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1130,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-60",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      20,
      1164,
      230,
      22
     ],
     "text": "route /distill/status.reply"
    }
   },
   {
    "box": {
     "id": "obj-61",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1164,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-62",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      646,
      42,
      40,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      646,
      42,
      40,
      20
     ],
     "text": "load",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-63",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      682,
      42,
      60,
      22
     ],
     "presentation": 1,
     "presentation_rect": [
      682,
      42,
      60,
      22
     ],
     "format": 6
    }
   },
   {
    "box": {
     "id": "obj-64",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      1164,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-65",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      770,
      1164,
      230,
      22
     ],
     "text": "route /distill/meter/load"
    }
   },
   {
    "box": {
     "id": "obj-66",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1164,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-67",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      752,
      42,
      250,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      752,
      42,
      250,
      20
     ],
     "text": "",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-68",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 3,
     "outlettype": [
      "",
      "",
      ""
     ],
     "patching_rect": [
      1270,
      1164,
      230,
      22
     ],
     "text": "unpack s s s"
    }
   },
   {
    "box": {
     "id": "obj-69",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      1164,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-70",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1164,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-71",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      20,
      1198,
      230,
      22
     ],
     "text": "route /distill/fail"
    }
   },
   {
    "box": {
     "id": "obj-72",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      270,
      1198,
      230,
      22
     ],
     "text": "unpack s s"
    }
   },
   {
    "box": {
     "id": "obj-73",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      1198,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-74",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      770,
      1198,
      230,
      22
     ],
     "text": "route /distill/done"
    }
   },
   {
    "box": {
     "id": "obj-75",
     "maxclass": "panel",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      10,
      82,
      300,
      230
     ],
     "presentation": 1,
     "presentation_rect": [
      10,
      82,
      300,
      230
     ],
     "background": 1,
     "bgcolor": [
      0.894,
      0.878,
      0.847,
      1.0
     ],
     "rounded": 0
    }
   },
   {
    "box": {
     "id": "obj-76",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      16,
      86,
      288,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      16,
      86,
      288,
      24
     ],
     "text": "Macros",
     "fontsize": 14.0,
     "fontface": 1,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-77",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      24,
      112,
      22,
      166
     ],
     "presentation": 1,
     "presentation_rect": [
      24,
      112,
      22,
      166
     ],
     "floatoutput": 1,
     "min": 0.0,
     "size": 1.0,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Moves everything the macro is mapped to."
    }
   },
   {
    "box": {
     "id": "obj-78",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      27,
      282,
      20,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      27,
      282,
      20,
      20
     ],
     "text": "1",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-79",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1198,
      230,
      22
     ],
     "text": "prepend /distill/macro/1"
    }
   },
   {
    "box": {
     "id": "obj-80",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1270,
      1198,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-81",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      1198,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-82",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1770,
      1198,
      230,
      22
     ],
     "text": "route /distill/macro/1"
    }
   },
   {
    "box": {
     "id": "obj-83",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      1232,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-84",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      59,
      112,
      22,
      166
     ],
     "presentation": 1,
     "presentation_rect": [
      59,
      112,
      22,
      166
     ],
     "floatoutput": 1,
     "min": 0.0,
     "size": 1.0,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Moves everything the macro is mapped to."
    }
   },
   {
    "box": {
     "id": "obj-85",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      62,
      282,
      20,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      62,
      282,
      20,
      20
     ],
     "text": "2",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-86",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1232,
      230,
      22
     ],
     "text": "prepend /distill/macro/2"
    }
   },
   {
    "box": {
     "id": "obj-87",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      520,
      1232,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-88",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1232,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-89",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1020,
      1232,
      230,
      22
     ],
     "text": "route /distill/macro/2"
    }
   },
   {
    "box": {
     "id": "obj-90",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1232,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-91",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      94,
      112,
      22,
      166
     ],
     "presentation": 1,
     "presentation_rect": [
      94,
      112,
      22,
      166
     ],
     "floatoutput": 1,
     "min": 0.0,
     "size": 1.0,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Moves everything the macro is mapped to."
    }
   },
   {
    "box": {
     "id": "obj-92",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      97,
      282,
      20,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      97,
      282,
      20,
      20
     ],
     "text": "3",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-93",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      1232,
      230,
      22
     ],
     "text": "prepend /distill/macro/3"
    }
   },
   {
    "box": {
     "id": "obj-94",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1770,
      1232,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-95",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      1266,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-96",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      270,
      1266,
      230,
      22
     ],
     "text": "route /distill/macro/3"
    }
   },
   {
    "box": {
     "id": "obj-97",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      1266,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-98",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      129,
      112,
      22,
      166
     ],
     "presentation": 1,
     "presentation_rect": [
      129,
      112,
      22,
      166
     ],
     "floatoutput": 1,
     "min": 0.0,
     "size": 1.0,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Moves everything the macro is mapped to."
    }
   },
   {
    "box": {
     "id": "obj-99",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      132,
      282,
      20,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      132,
      282,
      20,
      20
     ],
     "text": "4",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-100",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1266,
      230,
      22
     ],
     "text": "prepend /distill/macro/4"
    }
   },
   {
    "box": {
     "id": "obj-101",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1020,
      1266,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-102",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1266,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-103",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1520,
      1266,
      230,
      22
     ],
     "text": "route /distill/macro/4"
    }
   },
   {
    "box": {
     "id": "obj-104",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1266,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-105",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      164,
      112,
      22,
      166
     ],
     "presentation": 1,
     "presentation_rect": [
      164,
      112,
      22,
      166
     ],
     "floatoutput": 1,
     "min": 0.0,
     "size": 1.0,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Moves everything the macro is mapped to."
    }
   },
   {
    "box": {
     "id": "obj-106",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      167,
      282,
      20,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      167,
      282,
      20,
      20
     ],
     "text": "5",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-107",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      1300,
      230,
      22
     ],
     "text": "prepend /distill/macro/5"
    }
   },
   {
    "box": {
     "id": "obj-108",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      270,
      1300,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-109",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      1300,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-110",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      770,
      1300,
      230,
      22
     ],
     "text": "route /distill/macro/5"
    }
   },
   {
    "box": {
     "id": "obj-111",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1300,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-112",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      199,
      112,
      22,
      166
     ],
     "presentation": 1,
     "presentation_rect": [
      199,
      112,
      22,
      166
     ],
     "floatoutput": 1,
     "min": 0.0,
     "size": 1.0,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Moves everything the macro is mapped to."
    }
   },
   {
    "box": {
     "id": "obj-113",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      202,
      282,
      20,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      202,
      282,
      20,
      20
     ],
     "text": "6",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-114",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1300,
      230,
      22
     ],
     "text": "prepend /distill/macro/6"
    }
   },
   {
    "box": {
     "id": "obj-115",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1520,
      1300,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-116",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1300,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-117",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      20,
      1334,
      230,
      22
     ],
     "text": "route /distill/macro/6"
    }
   },
   {
    "box": {
     "id": "obj-118",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1334,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-119",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      234,
      112,
      22,
      166
     ],
     "presentation": 1,
     "presentation_rect": [
      234,
      112,
      22,
      166
     ],
     "floatoutput": 1,
     "min": 0.0,
     "size": 1.0,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Moves everything the macro is mapped to."
    }
   },
   {
    "box": {
     "id": "obj-120",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      237,
      282,
      20,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      237,
      282,
      20,
      20
     ],
     "text": "7",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-121",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      1334,
      230,
      22
     ],
     "text": "prepend /distill/macro/7"
    }
   },
   {
    "box": {
     "id": "obj-122",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      770,
      1334,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-123",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1334,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-124",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1270,
      1334,
      230,
      22
     ],
     "text": "route /distill/macro/7"
    }
   },
   {
    "box": {
     "id": "obj-125",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      1334,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-126",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      269,
      112,
      22,
      166
     ],
     "presentation": 1,
     "presentation_rect": [
      269,
      112,
      22,
      166
     ],
     "floatoutput": 1,
     "min": 0.0,
     "size": 1.0,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Moves everything the macro is mapped to."
    }
   },
   {
    "box": {
     "id": "obj-127",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      272,
      282,
      20,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      272,
      282,
      20,
      20
     ],
     "text": "8",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-128",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1334,
      230,
      22
     ],
     "text": "prepend /distill/macro/8"
    }
   },
   {
    "box": {
     "id": "obj-129",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      20,
      1368,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-130",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1368,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-131",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      520,
      1368,
      230,
      22
     ],
     "text": "route /distill/macro/8"
    }
   },
   {
    "box": {
     "id": "obj-132",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1368,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-133",
     "maxclass": "panel",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      320,
      82,
      330,
      230
     ],
     "presentation": 1,
     "presentation_rect": [
      320,
      82,
      330,
      230
     ],
     "background": 1,
     "bgcolor": [
      0.894,
      0.878,
      0.847,
      1.0
     ],
     "rounded": 0
    }
   },
   {
    "box": {
     "id": "obj-134",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      326,
      86,
      318,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      326,
      86,
      318,
      24
     ],
     "text": "Map and landmarks",
     "fontsize": 14.0,
     "fontface": 1,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-135",
     "maxclass": "jsui",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      332,
      112,
      180,
      180
     ],
     "presentation": 1,
     "presentation_rect": [
      332,
      112,
      180,
      180
     ],
     "filename": "distill.map.js",
     "border": 0,
     "annotation": "Position on the map of the corpus; between landmarks it interpolates them."
    }
   },
   {
    "box": {
     "id": "obj-136",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1368,
      230,
      22
     ],
     "text": "prepend /distill/map"
    }
   },
   {
    "box": {
     "id": "obj-137",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1270,
      1368,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-138",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      1368,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-139",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1770,
      1368,
      230,
      22
     ],
     "text": "route /distill/map"
    }
   },
   {
    "box": {
     "id": "obj-140",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      1402,
      230,
      22
     ],
     "text": "prepend place"
    }
   },
   {
    "box": {
     "id": "obj-141",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1402,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-142",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      520,
      1402,
      230,
      22
     ],
     "text": "route /distill/meter/point"
    }
   },
   {
    "box": {
     "id": "obj-143",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1402,
      230,
      22
     ],
     "text": "prepend sounds"
    }
   },
   {
    "box": {
     "id": "obj-144",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1402,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-145",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1270,
      1402,
      230,
      22
     ],
     "text": "route /distill/corpus/info"
    }
   },
   {
    "box": {
     "id": "obj-146",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      1402,
      230,
      22
     ],
     "text": "prepend mark"
    }
   },
   {
    "box": {
     "id": "obj-147",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1402,
      230,
      22
     ],
     "text": "r distill-reset"
    }
   },
   {
    "box": {
     "id": "obj-148",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      1436,
      230,
      22
     ],
     "text": "clear"
    }
   },
   {
    "box": {
     "id": "obj-149",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      524,
      112,
      120,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      524,
      112,
      120,
      20
     ],
     "text": "landmark",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-150",
     "maxclass": "umenu",
     "numinlets": 1,
     "numoutlets": 3,
     "outlettype": [
      "",
      "",
      ""
     ],
     "patching_rect": [
      526,
      132,
      116,
      22
     ],
     "presentation": 1,
     "presentation_rect": [
      526,
      132,
      116,
      22
     ]
    }
   },
   {
    "box": {
     "id": "obj-151",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      524,
      164,
      120,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      524,
      164,
      120,
      20
     ],
     "text": "glide in s",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-152",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      526,
      184,
      60,
      22
     ],
     "presentation": 1,
     "presentation_rect": [
      526,
      184,
      60,
      22
     ],
     "minimum": 0.0,
     "maximum": 30,
     "format": 6
    }
   },
   {
    "box": {
     "id": "obj-153",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1436,
      230,
      22
     ],
     "text": "int 0"
    }
   },
   {
    "box": {
     "id": "obj-154",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      1436,
      230,
      22
     ],
     "text": "pack 0 0."
    }
   },
   {
    "box": {
     "id": "obj-155",
     "maxclass": "button",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      526,
      220,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      526,
      220,
      24,
      24
     ],
     "annotation": "Moves to the latent point of a landmark."
    }
   },
   {
    "box": {
     "id": "obj-156",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      554,
      222,
      120,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      554,
      222,
      120,
      20
     ],
     "text": "go there",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-157",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1436,
      230,
      22
     ],
     "text": "prepend /distill/corpus/goto"
    }
   },
   {
    "box": {
     "id": "obj-158",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1020,
      1436,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-159",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1436,
      230,
      22
     ],
     "text": "prepend at"
    }
   },
   {
    "box": {
     "id": "obj-160",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 3,
     "outlettype": [
      "",
      "",
      ""
     ],
     "patching_rect": [
      1520,
      1436,
      230,
      22
     ],
     "text": "unpack 0 s 0."
    }
   },
   {
    "box": {
     "id": "obj-161",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1436,
      230,
      22
     ],
     "text": "sprintf append %s %.1f"
    }
   },
   {
    "box": {
     "id": "obj-162",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      1470,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-163",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      270,
      1470,
      230,
      22
     ],
     "text": "route /distill/corpus/info"
    }
   },
   {
    "box": {
     "id": "obj-164",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      1470,
      230,
      22
     ],
     "text": "r distill-reset"
    }
   },
   {
    "box": {
     "id": "obj-165",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1470,
      230,
      22
     ],
     "text": "clear"
    }
   },
   {
    "box": {
     "id": "obj-166",
     "maxclass": "panel",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      660,
      82,
      350,
      230
     ],
     "presentation": 1,
     "presentation_rect": [
      660,
      82,
      350,
      230
     ],
     "background": 1,
     "bgcolor": [
      0.894,
      0.878,
      0.847,
      1.0
     ],
     "rounded": 0
    }
   },
   {
    "box": {
     "id": "obj-167",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      666,
      86,
      338,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      666,
      86,
      338,
      24
     ],
     "text": "Out",
     "fontsize": 14.0,
     "fontface": 1,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-168",
     "maxclass": "multislider",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      674,
      112,
      56,
      166
     ],
     "presentation": 1,
     "presentation_rect": [
      674,
      112,
      56,
      166
     ],
     "size": 2,
     "setminmax": [
      -70.0,
      0.0
     ],
     "setstyle": 1,
     "ignoreclick": 1,
     "slidercolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-169",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      674,
      282,
      56,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      674,
      282,
      56,
      20
     ],
     "text": "RMS",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-170",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1020,
      1470,
      230,
      22
     ],
     "text": "unpack 0 0."
    }
   },
   {
    "box": {
     "id": "obj-171",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1470,
      230,
      22
     ],
     "text": "+ 1"
    }
   },
   {
    "box": {
     "id": "obj-172",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      1470,
      230,
      22
     ],
     "text": "pack 0 0."
    }
   },
   {
    "box": {
     "id": "obj-173",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1470,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-174",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      20,
      1504,
      230,
      22
     ],
     "text": "route /distill/meter/rms"
    }
   },
   {
    "box": {
     "id": "obj-175",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1504,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-176",
     "maxclass": "multislider",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      740,
      112,
      56,
      166
     ],
     "presentation": 1,
     "presentation_rect": [
      740,
      112,
      56,
      166
     ],
     "size": 2,
     "setminmax": [
      -70.0,
      0.0
     ],
     "setstyle": 1,
     "ignoreclick": 1,
     "slidercolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-177",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      740,
      282,
      56,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      740,
      282,
      56,
      20
     ],
     "text": "peak",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-178",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      520,
      1504,
      230,
      22
     ],
     "text": "unpack 0 0."
    }
   },
   {
    "box": {
     "id": "obj-179",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1504,
      230,
      22
     ],
     "text": "+ 1"
    }
   },
   {
    "box": {
     "id": "obj-180",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1504,
      230,
      22
     ],
     "text": "pack 0 0."
    }
   },
   {
    "box": {
     "id": "obj-181",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1504,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-182",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1520,
      1504,
      230,
      22
     ],
     "text": "route /distill/meter/peak"
    }
   },
   {
    "box": {
     "id": "obj-183",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1504,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-184",
     "maxclass": "toggle",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      830,
      112,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      830,
      112,
      24,
      24
     ],
     "checkedcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "1 plays, 0 is silent."
    }
   },
   {
    "box": {
     "id": "obj-185",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      860,
      114,
      120,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      860,
      114,
      120,
      20
     ],
     "text": "Play",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-186",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      1538,
      230,
      22
     ],
     "text": "prepend /distill/play"
    }
   },
   {
    "box": {
     "id": "obj-187",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      270,
      1538,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-188",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      1538,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-189",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      770,
      1538,
      230,
      22
     ],
     "text": "route /distill/play"
    }
   },
   {
    "box": {
     "id": "obj-190",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1538,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-191",
     "maxclass": "toggle",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      830,
      145,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      830,
      145,
      24,
      24
     ],
     "checkedcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "1 holds the current frame."
    }
   },
   {
    "box": {
     "id": "obj-192",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      860,
      147,
      120,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      860,
      147,
      120,
      20
     ],
     "text": "Freeze",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-193",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1538,
      230,
      22
     ],
     "text": "prepend /distill/freeze"
    }
   },
   {
    "box": {
     "id": "obj-194",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1520,
      1538,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-195",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1538,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-196",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      20,
      1572,
      230,
      22
     ],
     "text": "route /distill/freeze"
    }
   },
   {
    "box": {
     "id": "obj-197",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1572,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-198",
     "maxclass": "toggle",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      830,
      178,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      830,
      178,
      24,
      24
     ],
     "checkedcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "1: latent moves are heard in every frame, 0: only in new chunks."
    }
   },
   {
    "box": {
     "id": "obj-199",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      860,
      180,
      120,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      860,
      180,
      120,
      20
     ],
     "text": "Follow",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-200",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      1572,
      230,
      22
     ],
     "text": "prepend /distill/follow"
    }
   },
   {
    "box": {
     "id": "obj-201",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      770,
      1572,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-202",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1572,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-203",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1270,
      1572,
      230,
      22
     ],
     "text": "route /distill/follow"
    }
   },
   {
    "box": {
     "id": "obj-204",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      1572,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-205",
     "maxclass": "toggle",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      830,
      211,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      830,
      211,
      24,
      24
     ],
     "checkedcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "1 mutes the output within 5 ms, 0 unmutes it."
    }
   },
   {
    "box": {
     "id": "obj-206",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      860,
      213,
      120,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      860,
      213,
      120,
      20
     ],
     "text": "Mute",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-207",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1572,
      230,
      22
     ],
     "text": "prepend /distill/mute"
    }
   },
   {
    "box": {
     "id": "obj-208",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      20,
      1606,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-209",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1606,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-210",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      520,
      1606,
      230,
      22
     ],
     "text": "route /distill/mute"
    }
   },
   {
    "box": {
     "id": "obj-211",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1606,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-212",
     "maxclass": "toggle",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      830,
      244,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      830,
      244,
      24,
      24
     ],
     "checkedcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "1 records the output to the takes folder, under a name; 0 ends it; replies /done."
    }
   },
   {
    "box": {
     "id": "obj-213",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      860,
      246,
      120,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      860,
      246,
      120,
      20
     ],
     "text": "Record",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-214",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1606,
      230,
      22
     ],
     "text": "prepend /distill/record"
    }
   },
   {
    "box": {
     "id": "obj-215",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1270,
      1606,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-216",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      1606,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-217",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1770,
      1606,
      230,
      22
     ],
     "text": "route /distill/record"
    }
   },
   {
    "box": {
     "id": "obj-218",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      1640,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-219",
     "maxclass": "button",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      830,
      277,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      830,
      277,
      24,
      24
     ],
     "annotation": "Fades to silence within 20 ms, until /play 1."
    }
   },
   {
    "box": {
     "id": "obj-220",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      860,
      279,
      120,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      860,
      279,
      120,
      20
     ],
     "text": "Panic",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-221",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1640,
      230,
      22
     ],
     "text": "/distill/panic"
    }
   },
   {
    "box": {
     "id": "obj-222",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      520,
      1640,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-223",
     "maxclass": "panel",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      10,
      322,
      490,
      300
     ],
     "presentation": 1,
     "presentation_rect": [
      10,
      322,
      490,
      300
     ],
     "background": 1,
     "bgcolor": [
      0.894,
      0.878,
      0.847,
      1.0
     ],
     "rounded": 0
    }
   },
   {
    "box": {
     "id": "obj-224",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      16,
      326,
      478,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      16,
      326,
      478,
      24
     ],
     "text": "Axes",
     "fontsize": 14.0,
     "fontface": 1,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-225",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1640,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-226",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1020,
      1640,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-227",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      350,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      20,
      350,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      0
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-228",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      383,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      20,
      383,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      1
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-229",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      416,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      20,
      416,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      2
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-230",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      449,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      20,
      449,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      3
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-231",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      482,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      20,
      482,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      4
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-232",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      515,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      20,
      515,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      5
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-233",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      548,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      20,
      548,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      6
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-234",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      581,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      20,
      581,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      7
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-235",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      260,
      350,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      260,
      350,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      8
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-236",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      260,
      383,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      260,
      383,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      9
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-237",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      260,
      416,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      260,
      416,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      10
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-238",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      260,
      449,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      260,
      449,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      11
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-239",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      260,
      482,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      260,
      482,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      12
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-240",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      260,
      515,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      260,
      515,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      13
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-241",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      260,
      548,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      260,
      548,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      14
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-242",
     "maxclass": "bpatcher",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      260,
      581,
      236,
      26
     ],
     "presentation": 1,
     "presentation_rect": [
      260,
      581,
      236,
      26
     ],
     "name": "distill.axis.maxpat",
     "args": [
      15
     ],
     "border": 0,
     "bgmode": 0
    }
   },
   {
    "box": {
     "id": "obj-243",
     "maxclass": "panel",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      510,
      322,
      280,
      300
     ],
     "presentation": 1,
     "presentation_rect": [
      510,
      322,
      280,
      300
     ],
     "background": 1,
     "bgcolor": [
      0.894,
      0.878,
      0.847,
      1.0
     ],
     "rounded": 0
    }
   },
   {
    "box": {
     "id": "obj-244",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      516,
      326,
      268,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      516,
      326,
      268,
      24
     ],
     "text": "Sound",
     "fontsize": 14.0,
     "fontface": 1,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-245",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      350,
      130,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      520,
      350,
      130,
      20
     ],
     "floatoutput": 1,
     "orientation": 1,
     "min": -24,
     "size": 48,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Transposes all frequencies."
    }
   },
   {
    "box": {
     "id": "obj-246",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      654,
      350,
      64,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      654,
      350,
      64,
      20
     ],
     "text": "Pitch",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-247",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      720,
      350,
      54,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      720,
      350,
      54,
      20
     ],
     "minimum": -24,
     "maximum": 24,
     "format": 6
    }
   },
   {
    "box": {
     "id": "obj-248",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1640,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-249",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      1640,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-250",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1640,
      230,
      22
     ],
     "text": "prepend /distill/pitch"
    }
   },
   {
    "box": {
     "id": "obj-251",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      20,
      1674,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-252",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1674,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-253",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      520,
      1674,
      230,
      22
     ],
     "text": "route /distill/pitch"
    }
   },
   {
    "box": {
     "id": "obj-254",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      379,
      130,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      520,
      379,
      130,
      20
     ],
     "floatoutput": 1,
     "orientation": 1,
     "min": -24,
     "size": 48,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Shifts the spectral envelope only."
    }
   },
   {
    "box": {
     "id": "obj-255",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      654,
      379,
      64,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      654,
      379,
      64,
      20
     ],
     "text": "Formant",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-256",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      720,
      379,
      54,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      720,
      379,
      54,
      20
     ],
     "minimum": -24,
     "maximum": 24,
     "format": 6
    }
   },
   {
    "box": {
     "id": "obj-257",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1674,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-258",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1674,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-259",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1674,
      230,
      22
     ],
     "text": "prepend /distill/formant"
    }
   },
   {
    "box": {
     "id": "obj-260",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1520,
      1674,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-261",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1674,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-262",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      20,
      1708,
      230,
      22
     ],
     "text": "route /distill/formant"
    }
   },
   {
    "box": {
     "id": "obj-263",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      408,
      130,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      520,
      408,
      130,
      20
     ],
     "floatoutput": 1,
     "orientation": 1,
     "min": -4,
     "size": 8,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Playback speed: 1 as recorded, 0 holds, negative plays backwards."
    }
   },
   {
    "box": {
     "id": "obj-264",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      654,
      408,
      64,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      654,
      408,
      64,
      20
     ],
     "text": "Speed",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-265",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      720,
      408,
      54,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      720,
      408,
      54,
      20
     ],
     "minimum": -4,
     "maximum": 4,
     "format": 6
    }
   },
   {
    "box": {
     "id": "obj-266",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1708,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-267",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      1708,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-268",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1708,
      230,
      22
     ],
     "text": "prepend /distill/speed"
    }
   },
   {
    "box": {
     "id": "obj-269",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1020,
      1708,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-270",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1708,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-271",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1520,
      1708,
      230,
      22
     ],
     "text": "route /distill/speed"
    }
   },
   {
    "box": {
     "id": "obj-272",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      437,
      130,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      520,
      437,
      130,
      20
     ],
     "floatoutput": 1,
     "orientation": 1,
     "min": 0,
     "size": 1,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Difference between the output channels."
    }
   },
   {
    "box": {
     "id": "obj-273",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      654,
      437,
      64,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      654,
      437,
      64,
      20
     ],
     "text": "Spread",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-274",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      720,
      437,
      54,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      720,
      437,
      54,
      20
     ],
     "minimum": 0,
     "maximum": 1,
     "format": 6
    }
   },
   {
    "box": {
     "id": "obj-275",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1708,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-276",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      1742,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-277",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1742,
      230,
      22
     ],
     "text": "prepend /distill/spread"
    }
   },
   {
    "box": {
     "id": "obj-278",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      520,
      1742,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-279",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1742,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-280",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1020,
      1742,
      230,
      22
     ],
     "text": "route /distill/spread"
    }
   },
   {
    "box": {
     "id": "obj-281",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      466,
      130,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      520,
      466,
      130,
      20
     ],
     "floatoutput": 1,
     "orientation": 1,
     "min": 0,
     "size": 1,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Random variation of each new play head, in the latent and in time."
    }
   },
   {
    "box": {
     "id": "obj-282",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      654,
      466,
      64,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      654,
      466,
      64,
      20
     ],
     "text": "Jitter",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-283",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      720,
      466,
      54,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      720,
      466,
      54,
      20
     ],
     "minimum": 0,
     "maximum": 1,
     "format": 6
    }
   },
   {
    "box": {
     "id": "obj-284",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1742,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-285",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      1742,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-286",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1742,
      230,
      22
     ],
     "text": "prepend /distill/jitter"
    }
   },
   {
    "box": {
     "id": "obj-287",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      20,
      1776,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-288",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1776,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-289",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      520,
      1776,
      230,
      22
     ],
     "text": "route /distill/jitter"
    }
   },
   {
    "box": {
     "id": "obj-290",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      495,
      130,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      520,
      495,
      130,
      20
     ],
     "floatoutput": 1,
     "orientation": 1,
     "min": 0,
     "size": 1,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Automatic motion between the corpus' landmarks."
    }
   },
   {
    "box": {
     "id": "obj-291",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      654,
      495,
      64,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      654,
      495,
      64,
      20
     ],
     "text": "Drift",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-292",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      720,
      495,
      54,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      720,
      495,
      54,
      20
     ],
     "minimum": 0,
     "maximum": 1,
     "format": 6
    }
   },
   {
    "box": {
     "id": "obj-293",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1776,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-294",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1776,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-295",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1776,
      230,
      22
     ],
     "text": "prepend /distill/drift"
    }
   },
   {
    "box": {
     "id": "obj-296",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1520,
      1776,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-297",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1776,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-298",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      20,
      1810,
      230,
      22
     ],
     "text": "route /distill/drift"
    }
   },
   {
    "box": {
     "id": "obj-299",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      524,
      130,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      520,
      524,
      130,
      20
     ],
     "floatoutput": 1,
     "orientation": 1,
     "min": 0,
     "size": 1,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Random motion around the point that is set."
    }
   },
   {
    "box": {
     "id": "obj-300",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      654,
      524,
      64,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      654,
      524,
      64,
      20
     ],
     "text": "Walk",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-301",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      720,
      524,
      54,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      720,
      524,
      54,
      20
     ],
     "minimum": 0,
     "maximum": 1,
     "format": 6
    }
   },
   {
    "box": {
     "id": "obj-302",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1810,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-303",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      1810,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-304",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1810,
      230,
      22
     ],
     "text": "prepend /distill/walk"
    }
   },
   {
    "box": {
     "id": "obj-305",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1020,
      1810,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-306",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1810,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-307",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1520,
      1810,
      230,
      22
     ],
     "text": "route /distill/walk"
    }
   },
   {
    "box": {
     "id": "obj-308",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      553,
      130,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      520,
      553,
      130,
      20
     ],
     "floatoutput": 1,
     "orientation": 1,
     "min": 0,
     "size": 30,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Default glide time of latent moves."
    }
   },
   {
    "box": {
     "id": "obj-309",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      654,
      553,
      64,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      654,
      553,
      64,
      20
     ],
     "text": "Glide",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-310",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      720,
      553,
      54,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      720,
      553,
      54,
      20
     ],
     "minimum": 0,
     "maximum": 30,
     "format": 6
    }
   },
   {
    "box": {
     "id": "obj-311",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1810,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-312",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      1844,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-313",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1844,
      230,
      22
     ],
     "text": "prepend /distill/glide"
    }
   },
   {
    "box": {
     "id": "obj-314",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      520,
      1844,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-315",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1844,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-316",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1020,
      1844,
      230,
      22
     ],
     "text": "route /distill/glide"
    }
   },
   {
    "box": {
     "id": "obj-317",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      582,
      130,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      520,
      582,
      130,
      20
     ],
     "floatoutput": 1,
     "orientation": 1,
     "min": -90,
     "size": 96,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Output level."
    }
   },
   {
    "box": {
     "id": "obj-318",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      654,
      582,
      64,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      654,
      582,
      64,
      20
     ],
     "text": "Gain",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-319",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      720,
      582,
      54,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      720,
      582,
      54,
      20
     ],
     "minimum": -90,
     "maximum": 6,
     "format": 6
    }
   },
   {
    "box": {
     "id": "obj-320",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1844,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-321",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      1844,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-322",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1844,
      230,
      22
     ],
     "text": "prepend /distill/gain"
    }
   },
   {
    "box": {
     "id": "obj-323",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      20,
      1878,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-324",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1878,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-325",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      520,
      1878,
      230,
      22
     ],
     "text": "route /distill/gain"
    }
   },
   {
    "box": {
     "id": "obj-326",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 3,
     "outlettype": [
      "",
      "",
      ""
     ],
     "patching_rect": [
      770,
      1878,
      230,
      22
     ],
     "text": "notein"
    }
   },
   {
    "box": {
     "id": "obj-327",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1878,
      230,
      22
     ],
     "text": "/ 127."
    }
   },
   {
    "box": {
     "id": "obj-328",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1878,
      230,
      22
     ],
     "text": "pack 0 0."
    }
   },
   {
    "box": {
     "id": "obj-329",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      1878,
      230,
      22
     ],
     "text": "prepend /distill/note/on"
    }
   },
   {
    "box": {
     "id": "obj-330",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1770,
      1878,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-331",
     "maxclass": "panel",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      800,
      322,
      210,
      300
     ],
     "presentation": 1,
     "presentation_rect": [
      800,
      322,
      210,
      300
     ],
     "background": 1,
     "bgcolor": [
      0.894,
      0.878,
      0.847,
      1.0
     ],
     "rounded": 0
    }
   },
   {
    "box": {
     "id": "obj-332",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      806,
      326,
      198,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      806,
      326,
      198,
      24
     ],
     "text": "Presets",
     "fontsize": 14.0,
     "fontface": 1,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-333",
     "maxclass": "textedit",
     "numinlets": 1,
     "numoutlets": 4,
     "outlettype": [
      "",
      "",
      "",
      ""
     ],
     "patching_rect": [
      810,
      352,
      180,
      22
     ],
     "presentation": 1,
     "presentation_rect": [
      810,
      352,
      180,
      22
     ],
     "text": "one",
     "keymode": 1,
     "lines": 1
    }
   },
   {
    "box": {
     "id": "obj-334",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      1912,
      230,
      22
     ],
     "text": "tosymbol"
    }
   },
   {
    "box": {
     "id": "obj-335",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      270,
      1912,
      230,
      22
     ],
     "text": "route text"
    }
   },
   {
    "box": {
     "id": "obj-336",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      520,
      1912,
      230,
      22
     ],
     "text": "s distill-preset-name"
    }
   },
   {
    "box": {
     "id": "obj-337",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1912,
      230,
      22
     ],
     "text": "loadbang"
    }
   },
   {
    "box": {
     "id": "obj-338",
     "maxclass": "umenu",
     "numinlets": 1,
     "numoutlets": 3,
     "outlettype": [
      "",
      "",
      ""
     ],
     "patching_rect": [
      810,
      382,
      180,
      22
     ],
     "presentation": 1,
     "presentation_rect": [
      810,
      382,
      180,
      22
     ]
    }
   },
   {
    "box": {
     "id": "obj-339",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1912,
      230,
      22
     ],
     "text": "tosymbol"
    }
   },
   {
    "box": {
     "id": "obj-340",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1912,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-341",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1520,
      1912,
      230,
      22
     ],
     "text": "unpack 0 s"
    }
   },
   {
    "box": {
     "id": "obj-342",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1912,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-343",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      20,
      1946,
      230,
      22
     ],
     "text": "route /distill/preset/info"
    }
   },
   {
    "box": {
     "id": "obj-344",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1946,
      230,
      22
     ],
     "text": "prepend append"
    }
   },
   {
    "box": {
     "id": "obj-345",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      1946,
      230,
      22
     ],
     "text": "r distill-reset"
    }
   },
   {
    "box": {
     "id": "obj-346",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      1946,
      230,
      22
     ],
     "text": "clear"
    }
   },
   {
    "box": {
     "id": "obj-347",
     "maxclass": "button",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      810,
      418,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      810,
      418,
      24,
      24
     ],
     "annotation": "Stores the current state as a preset; replies /done."
    }
   },
   {
    "box": {
     "id": "obj-348",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      838,
      420,
      60,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      838,
      420,
      60,
      20
     ],
     "text": "store",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-349",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1020,
      1946,
      230,
      22
     ],
     "text": "zl reg"
    }
   },
   {
    "box": {
     "id": "obj-350",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      1946,
      230,
      22
     ],
     "text": "r distill-preset-name"
    }
   },
   {
    "box": {
     "id": "obj-351",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      1946,
      230,
      22
     ],
     "text": "prepend /distill/preset/store"
    }
   },
   {
    "box": {
     "id": "obj-352",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1770,
      1946,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-353",
     "maxclass": "button",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      810,
      448,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      810,
      448,
      24,
      24
     ],
     "annotation": "Deletes a preset; replies /done."
    }
   },
   {
    "box": {
     "id": "obj-354",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      838,
      450,
      60,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      838,
      450,
      60,
      20
     ],
     "text": "delete",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-355",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      20,
      1980,
      230,
      22
     ],
     "text": "zl reg"
    }
   },
   {
    "box": {
     "id": "obj-356",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      1980,
      230,
      22
     ],
     "text": "r distill-preset-name"
    }
   },
   {
    "box": {
     "id": "obj-357",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      1980,
      230,
      22
     ],
     "text": "prepend /distill/preset/delete"
    }
   },
   {
    "box": {
     "id": "obj-358",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      770,
      1980,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-359",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      1980,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-360",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1270,
      1980,
      230,
      22
     ],
     "text": "route /distill/preset/changed"
    }
   },
   {
    "box": {
     "id": "obj-361",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1520,
      1980,
      230,
      22
     ],
     "text": "t b b"
    }
   },
   {
    "box": {
     "id": "obj-362",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      1980,
      230,
      22
     ],
     "text": "/distill/preset/list"
    }
   },
   {
    "box": {
     "id": "obj-363",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      20,
      2014,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-364",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      808,
      486,
      80,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      808,
      486,
      80,
      20
     ],
     "text": "morph in s",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-365",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      886,
      486,
      60,
      22
     ],
     "presentation": 1,
     "presentation_rect": [
      886,
      486,
      60,
      22
     ],
     "minimum": 0.0,
     "maximum": 600,
     "format": 6
    }
   },
   {
    "box": {
     "id": "obj-366",
     "maxclass": "button",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      810,
      516,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      810,
      516,
      24,
      24
     ],
     "annotation": "Recalls a preset, at once or as a morph; replies /done when it starts."
    }
   },
   {
    "box": {
     "id": "obj-367",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      838,
      518,
      60,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      838,
      518,
      60,
      20
     ],
     "text": "recall",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-368",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      270,
      2014,
      230,
      22
     ],
     "text": "zl reg"
    }
   },
   {
    "box": {
     "id": "obj-369",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      2014,
      230,
      22
     ],
     "text": "pack s 0."
    }
   },
   {
    "box": {
     "id": "obj-370",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      2014,
      230,
      22
     ],
     "text": "r distill-preset-name"
    }
   },
   {
    "box": {
     "id": "obj-371",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      2014,
      230,
      22
     ],
     "text": "prepend /distill/preset/recall"
    }
   },
   {
    "box": {
     "id": "obj-372",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1270,
      2014,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-373",
     "maxclass": "panel",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      10,
      632,
      490,
      158
     ],
     "presentation": 1,
     "presentation_rect": [
      10,
      632,
      490,
      158
     ],
     "background": 1,
     "bgcolor": [
      0.894,
      0.878,
      0.847,
      1.0
     ],
     "rounded": 0
    }
   },
   {
    "box": {
     "id": "obj-374",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      16,
      636,
      478,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      16,
      636,
      478,
      24
     ],
     "text": "Gestures",
     "fontsize": 14.0,
     "fontface": 1,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-375",
     "maxclass": "textedit",
     "numinlets": 1,
     "numoutlets": 4,
     "outlettype": [
      "",
      "",
      "",
      ""
     ],
     "patching_rect": [
      20,
      662,
      180,
      22
     ],
     "presentation": 1,
     "presentation_rect": [
      20,
      662,
      180,
      22
     ],
     "text": "one",
     "keymode": 1,
     "lines": 1
    }
   },
   {
    "box": {
     "id": "obj-376",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      2014,
      230,
      22
     ],
     "text": "tosymbol"
    }
   },
   {
    "box": {
     "id": "obj-377",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1770,
      2014,
      230,
      22
     ],
     "text": "route text"
    }
   },
   {
    "box": {
     "id": "obj-378",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      20,
      2048,
      230,
      22
     ],
     "text": "s distill-gesture-name"
    }
   },
   {
    "box": {
     "id": "obj-379",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      2048,
      230,
      22
     ],
     "text": "loadbang"
    }
   },
   {
    "box": {
     "id": "obj-380",
     "maxclass": "umenu",
     "numinlets": 1,
     "numoutlets": 3,
     "outlettype": [
      "",
      "",
      ""
     ],
     "patching_rect": [
      20,
      692,
      180,
      22
     ],
     "presentation": 1,
     "presentation_rect": [
      20,
      692,
      180,
      22
     ]
    }
   },
   {
    "box": {
     "id": "obj-381",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      2048,
      230,
      22
     ],
     "text": "tosymbol"
    }
   },
   {
    "box": {
     "id": "obj-382",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      2048,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-383",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1020,
      2048,
      230,
      22
     ],
     "text": "unpack 0 s"
    }
   },
   {
    "box": {
     "id": "obj-384",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      2048,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-385",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1520,
      2048,
      230,
      22
     ],
     "text": "route /distill/gesture/info"
    }
   },
   {
    "box": {
     "id": "obj-386",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      2048,
      230,
      22
     ],
     "text": "prepend append"
    }
   },
   {
    "box": {
     "id": "obj-387",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      2082,
      230,
      22
     ],
     "text": "r distill-reset"
    }
   },
   {
    "box": {
     "id": "obj-388",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      2082,
      230,
      22
     ],
     "text": "clear"
    }
   },
   {
    "box": {
     "id": "obj-389",
     "maxclass": "button",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      728,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      20,
      728,
      24,
      24
     ],
     "annotation": "Starts recording a gesture; replies /done when it has started."
    }
   },
   {
    "box": {
     "id": "obj-390",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      48,
      730,
      60,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      48,
      730,
      60,
      20
     ],
     "text": "record",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-391",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      520,
      2082,
      230,
      22
     ],
     "text": "zl reg"
    }
   },
   {
    "box": {
     "id": "obj-392",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      2082,
      230,
      22
     ],
     "text": "r distill-gesture-name"
    }
   },
   {
    "box": {
     "id": "obj-393",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      2082,
      230,
      22
     ],
     "text": "prepend /distill/gesture/record"
    }
   },
   {
    "box": {
     "id": "obj-394",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1270,
      2082,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-395",
     "maxclass": "button",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      112,
      728,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      112,
      728,
      24,
      24
     ],
     "annotation": "Plays a gesture, backwards from its end if the speed is negative; replies /done."
    }
   },
   {
    "box": {
     "id": "obj-396",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      140,
      730,
      60,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      140,
      730,
      60,
      20
     ],
     "text": "play",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-397",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1520,
      2082,
      230,
      22
     ],
     "text": "zl reg"
    }
   },
   {
    "box": {
     "id": "obj-398",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      2082,
      230,
      22
     ],
     "text": "r distill-gesture-name"
    }
   },
   {
    "box": {
     "id": "obj-399",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      2116,
      230,
      22
     ],
     "text": "prepend /distill/gesture/play"
    }
   },
   {
    "box": {
     "id": "obj-400",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      270,
      2116,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-401",
     "maxclass": "button",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      204,
      728,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      204,
      728,
      24,
      24
     ],
     "annotation": "Deletes a gesture; replies /done."
    }
   },
   {
    "box": {
     "id": "obj-402",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      232,
      730,
      60,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      232,
      730,
      60,
      20
     ],
     "text": "delete",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-403",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      520,
      2116,
      230,
      22
     ],
     "text": "zl reg"
    }
   },
   {
    "box": {
     "id": "obj-404",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      2116,
      230,
      22
     ],
     "text": "r distill-gesture-name"
    }
   },
   {
    "box": {
     "id": "obj-405",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      2116,
      230,
      22
     ],
     "text": "prepend /distill/gesture/delete"
    }
   },
   {
    "box": {
     "id": "obj-406",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1270,
      2116,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-407",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      2116,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-408",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1770,
      2116,
      230,
      22
     ],
     "text": "route /distill/gesture/changed"
    }
   },
   {
    "box": {
     "id": "obj-409",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      20,
      2150,
      230,
      22
     ],
     "text": "t b b"
    }
   },
   {
    "box": {
     "id": "obj-410",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      2150,
      230,
      22
     ],
     "text": "/distill/gesture/list"
    }
   },
   {
    "box": {
     "id": "obj-411",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      520,
      2150,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-412",
     "maxclass": "button",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      296,
      728,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      296,
      728,
      24,
      24
     ],
     "annotation": "Ends and stores the recording, or stops the gesture that plays or waits for its beat; replies /done."
    }
   },
   {
    "box": {
     "id": "obj-413",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      324,
      730,
      50,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      324,
      730,
      50,
      20
     ],
     "text": "stop",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-414",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      2150,
      230,
      22
     ],
     "text": "/distill/gesture/stop"
    }
   },
   {
    "box": {
     "id": "obj-415",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1020,
      2150,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-416",
     "maxclass": "toggle",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      388,
      728,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      388,
      728,
      24,
      24
     ],
     "checkedcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "1 loops gestures."
    }
   },
   {
    "box": {
     "id": "obj-417",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      418,
      730,
      120,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      418,
      730,
      120,
      20
     ],
     "text": "Loop",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-418",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      2150,
      230,
      22
     ],
     "text": "prepend /distill/gesture/loop"
    }
   },
   {
    "box": {
     "id": "obj-419",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1520,
      2150,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-420",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      2150,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-421",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      20,
      2184,
      230,
      22
     ],
     "text": "route /distill/gesture/loop"
    }
   },
   {
    "box": {
     "id": "obj-422",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      2184,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-423",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      220,
      662,
      130,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      220,
      662,
      130,
      20
     ],
     "floatoutput": 1,
     "orientation": 1,
     "min": -4,
     "size": 8,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Gesture speed: 1 as recorded, 0 holds, negative plays backwards."
    }
   },
   {
    "box": {
     "id": "obj-424",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      354,
      662,
      64,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      354,
      662,
      64,
      20
     ],
     "text": "Speed",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-425",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      420,
      662,
      54,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      420,
      662,
      54,
      20
     ],
     "minimum": -4,
     "maximum": 4,
     "format": 6
    }
   },
   {
    "box": {
     "id": "obj-426",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      2184,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-427",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      2184,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-428",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      2184,
      230,
      22
     ],
     "text": "prepend /distill/gesture/speed"
    }
   },
   {
    "box": {
     "id": "obj-429",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1270,
      2184,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-430",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      2184,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-431",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1770,
      2184,
      230,
      22
     ],
     "text": "route /distill/gesture/speed"
    }
   },
   {
    "box": {
     "id": "obj-432",
     "maxclass": "panel",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      510,
      632,
      500,
      158
     ],
     "presentation": 1,
     "presentation_rect": [
      510,
      632,
      500,
      158
     ],
     "background": 1,
     "bgcolor": [
      0.894,
      0.878,
      0.847,
      1.0
     ],
     "rounded": 0
    }
   },
   {
    "box": {
     "id": "obj-433",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      516,
      636,
      488,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      516,
      636,
      488,
      24
     ],
     "text": "Models",
     "fontsize": 14.0,
     "fontface": 1,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-434",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      2218,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-435",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      270,
      2218,
      230,
      22
     ],
     "text": "route /distill/model/blend"
    }
   },
   {
    "box": {
     "id": "obj-436",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      2218,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-437",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      770,
      2218,
      230,
      22
     ],
     "text": "route /distill/model/info"
    }
   },
   {
    "box": {
     "id": "obj-438",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      660,
      130,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      520,
      660,
      130,
      20
     ],
     "floatoutput": 1,
     "orientation": 1,
     "min": 0.0,
     "size": 1,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Weight of the model in a slot; weights with a sum over 1 are scaled to 1."
    }
   },
   {
    "box": {
     "id": "obj-439",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      654,
      660,
      90,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      654,
      660,
      90,
      20
     ],
     "text": "-",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-440",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      2218,
      230,
      22
     ],
     "text": "prepend /distill/model/blend 1"
    }
   },
   {
    "box": {
     "id": "obj-441",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1270,
      2218,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-442",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      2218,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-443",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1770,
      2218,
      230,
      22
     ],
     "text": "route 1"
    }
   },
   {
    "box": {
     "id": "obj-444",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      20,
      2252,
      230,
      22
     ],
     "text": "route 1"
    }
   },
   {
    "box": {
     "id": "obj-445",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 3,
     "outlettype": [
      "",
      "",
      ""
     ],
     "patching_rect": [
      270,
      2252,
      230,
      22
     ],
     "text": "unpack s 0. s"
    }
   },
   {
    "box": {
     "id": "obj-446",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      2252,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-447",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      2252,
      230,
      22
     ],
     "text": "r distill-reset"
    }
   },
   {
    "box": {
     "id": "obj-448",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      2252,
      230,
      22
     ],
     "text": "set -"
    }
   },
   {
    "box": {
     "id": "obj-449",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      2252,
      230,
      22
     ],
     "text": "set 0"
    }
   },
   {
    "box": {
     "id": "obj-450",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      690,
      130,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      520,
      690,
      130,
      20
     ],
     "floatoutput": 1,
     "orientation": 1,
     "min": 0.0,
     "size": 1,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Weight of the model in a slot; weights with a sum over 1 are scaled to 1."
    }
   },
   {
    "box": {
     "id": "obj-451",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      654,
      690,
      90,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      654,
      690,
      90,
      20
     ],
     "text": "-",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-452",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      2252,
      230,
      22
     ],
     "text": "prepend /distill/model/blend 2"
    }
   },
   {
    "box": {
     "id": "obj-453",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1770,
      2252,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-454",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      2286,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-455",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      270,
      2286,
      230,
      22
     ],
     "text": "route 2"
    }
   },
   {
    "box": {
     "id": "obj-456",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      520,
      2286,
      230,
      22
     ],
     "text": "route 2"
    }
   },
   {
    "box": {
     "id": "obj-457",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 3,
     "outlettype": [
      "",
      "",
      ""
     ],
     "patching_rect": [
      770,
      2286,
      230,
      22
     ],
     "text": "unpack s 0. s"
    }
   },
   {
    "box": {
     "id": "obj-458",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      2286,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-459",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      2286,
      230,
      22
     ],
     "text": "r distill-reset"
    }
   },
   {
    "box": {
     "id": "obj-460",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      2286,
      230,
      22
     ],
     "text": "set -"
    }
   },
   {
    "box": {
     "id": "obj-461",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      2286,
      230,
      22
     ],
     "text": "set 0"
    }
   },
   {
    "box": {
     "id": "obj-462",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      720,
      130,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      520,
      720,
      130,
      20
     ],
     "floatoutput": 1,
     "orientation": 1,
     "min": 0.0,
     "size": 1,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Weight of the model in a slot; weights with a sum over 1 are scaled to 1."
    }
   },
   {
    "box": {
     "id": "obj-463",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      654,
      720,
      90,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      654,
      720,
      90,
      20
     ],
     "text": "-",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-464",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      2320,
      230,
      22
     ],
     "text": "prepend /distill/model/blend 3"
    }
   },
   {
    "box": {
     "id": "obj-465",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      270,
      2320,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-466",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      2320,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-467",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      770,
      2320,
      230,
      22
     ],
     "text": "route 3"
    }
   },
   {
    "box": {
     "id": "obj-468",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1020,
      2320,
      230,
      22
     ],
     "text": "route 3"
    }
   },
   {
    "box": {
     "id": "obj-469",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 3,
     "outlettype": [
      "",
      "",
      ""
     ],
     "patching_rect": [
      1270,
      2320,
      230,
      22
     ],
     "text": "unpack s 0. s"
    }
   },
   {
    "box": {
     "id": "obj-470",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      2320,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-471",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      2320,
      230,
      22
     ],
     "text": "r distill-reset"
    }
   },
   {
    "box": {
     "id": "obj-472",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      2354,
      230,
      22
     ],
     "text": "set -"
    }
   },
   {
    "box": {
     "id": "obj-473",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      2354,
      230,
      22
     ],
     "text": "set 0"
    }
   },
   {
    "box": {
     "id": "obj-474",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      750,
      130,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      520,
      750,
      130,
      20
     ],
     "floatoutput": 1,
     "orientation": 1,
     "min": 0.0,
     "size": 1,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Weight of the model in a slot; weights with a sum over 1 are scaled to 1."
    }
   },
   {
    "box": {
     "id": "obj-475",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      654,
      750,
      90,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      654,
      750,
      90,
      20
     ],
     "text": "-",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-476",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      2354,
      230,
      22
     ],
     "text": "prepend /distill/model/blend 4"
    }
   },
   {
    "box": {
     "id": "obj-477",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      770,
      2354,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-478",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      2354,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-479",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1270,
      2354,
      230,
      22
     ],
     "text": "route 4"
    }
   },
   {
    "box": {
     "id": "obj-480",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1520,
      2354,
      230,
      22
     ],
     "text": "route 4"
    }
   },
   {
    "box": {
     "id": "obj-481",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 3,
     "outlettype": [
      "",
      "",
      ""
     ],
     "patching_rect": [
      1770,
      2354,
      230,
      22
     ],
     "text": "unpack s 0. s"
    }
   },
   {
    "box": {
     "id": "obj-482",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      2388,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-483",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      2388,
      230,
      22
     ],
     "text": "r distill-reset"
    }
   },
   {
    "box": {
     "id": "obj-484",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      2388,
      230,
      22
     ],
     "text": "set -"
    }
   },
   {
    "box": {
     "id": "obj-485",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      2388,
      230,
      22
     ],
     "text": "set 0"
    }
   },
   {
    "box": {
     "id": "obj-486",
     "maxclass": "textedit",
     "numinlets": 1,
     "numoutlets": 4,
     "outlettype": [
      "",
      "",
      "",
      ""
     ],
     "patching_rect": [
      760,
      660,
      140,
      22
     ],
     "presentation": 1,
     "presentation_rect": [
      760,
      660,
      140,
      22
     ],
     "text": "demo",
     "keymode": 1,
     "lines": 1
    }
   },
   {
    "box": {
     "id": "obj-487",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      2388,
      230,
      22
     ],
     "text": "tosymbol"
    }
   },
   {
    "box": {
     "id": "obj-488",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1270,
      2388,
      230,
      22
     ],
     "text": "pack 2 s"
    }
   },
   {
    "box": {
     "id": "obj-489",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1520,
      2388,
      230,
      22
     ],
     "text": "route text"
    }
   },
   {
    "box": {
     "id": "obj-490",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      2388,
      230,
      22
     ],
     "text": "loadbang"
    }
   },
   {
    "box": {
     "id": "obj-491",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      906,
      660,
      36,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      906,
      660,
      36,
      20
     ],
     "text": "slot",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-492",
     "maxclass": "number",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      944,
      660,
      50,
      22
     ],
     "presentation": 1,
     "presentation_rect": [
      944,
      660,
      50,
      22
     ],
     "minimum": 1,
     "maximum": 4
    }
   },
   {
    "box": {
     "id": "obj-493",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      2422,
      230,
      22
     ],
     "text": "int 2"
    }
   },
   {
    "box": {
     "id": "obj-494",
     "maxclass": "button",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      760,
      692,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      760,
      692,
      24,
      24
     ],
     "annotation": "Loads a model into a slot, by default the leading model's; replies /done."
    }
   },
   {
    "box": {
     "id": "obj-495",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      788,
      694,
      60,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      788,
      694,
      60,
      20
     ],
     "text": "load",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-496",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      2422,
      230,
      22
     ],
     "text": "prepend /distill/model/load"
    }
   },
   {
    "box": {
     "id": "obj-497",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      520,
      2422,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-498",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      770,
      2422,
      230,
      22
     ],
     "text": "int 2"
    }
   },
   {
    "box": {
     "id": "obj-499",
     "maxclass": "button",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      860,
      692,
      24,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      860,
      692,
      24,
      24
     ],
     "annotation": "Fades out and removes the model in a slot; replies /done."
    }
   },
   {
    "box": {
     "id": "obj-500",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      888,
      694,
      60,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      888,
      694,
      60,
      20
     ],
     "text": "unload",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-501",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      2422,
      230,
      22
     ],
     "text": "prepend /distill/model/unload"
    }
   },
   {
    "box": {
     "id": "obj-502",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      1270,
      2422,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-503",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1520,
      2422,
      230,
      22
     ],
     "text": "loadbang"
    }
   },
   {
    "box": {
     "id": "obj-504",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      2422,
      230,
      22
     ],
     "text": "set 2"
    }
   },
   {
    "box": {
     "id": "obj-505",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      740,
      750,
      130,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      740,
      750,
      130,
      20
     ],
     "floatoutput": 1,
     "orientation": 1,
     "min": 0,
     "size": 60,
     "knobcolor": [
      0.69,
      0.28,
      0.17,
      1.0
     ],
     "annotation": "Crossfade time from one model to another."
    }
   },
   {
    "box": {
     "id": "obj-506",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      874,
      750,
      64,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      874,
      750,
      64,
      20
     ],
     "text": "Fade",
     "fontsize": 12.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-507",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      940,
      750,
      54,
      20
     ],
     "presentation": 1,
     "presentation_rect": [
      940,
      750,
      54,
      20
     ],
     "minimum": 0,
     "maximum": 60,
     "format": 6
    }
   },
   {
    "box": {
     "id": "obj-508",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      2456,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-509",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      270,
      2456,
      230,
      22
     ],
     "text": "prepend set"
    }
   },
   {
    "box": {
     "id": "obj-510",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      520,
      2456,
      230,
      22
     ],
     "text": "prepend /distill/model/fade"
    }
   },
   {
    "box": {
     "id": "obj-511",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      770,
      2456,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-512",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1020,
      2456,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-513",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      1270,
      2456,
      230,
      22
     ],
     "text": "route /distill/model/fade"
    }
   },
   {
    "box": {
     "id": "obj-514",
     "maxclass": "newobj",
     "numinlets": 3,
     "numoutlets": 3,
     "outlettype": [
      "",
      "",
      ""
     ],
     "patching_rect": [
      1520,
      2456,
      230,
      22
     ],
     "text": "route /distill/model/load /distill/model/unload"
    }
   },
   {
    "box": {
     "id": "obj-515",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      1770,
      2456,
      230,
      22
     ],
     "text": "/distill/model/list"
    }
   },
   {
    "box": {
     "id": "obj-516",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20,
      2490,
      230,
      22
     ],
     "text": "r distill-heard"
    }
   },
   {
    "box": {
     "id": "obj-517",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "patching_rect": [
      270,
      2490,
      230,
      22
     ],
     "text": "route /distill/done"
    }
   },
   {
    "box": {
     "id": "obj-518",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      520,
      2490,
      230,
      22
     ],
     "text": "s distill-send"
    }
   },
   {
    "box": {
     "id": "obj-519",
     "maxclass": "panel",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      10,
      800,
      1000,
      110
     ],
     "presentation": 1,
     "presentation_rect": [
      10,
      800,
      1000,
      110
     ],
     "background": 1,
     "bgcolor": [
      0.894,
      0.878,
      0.847,
      1.0
     ],
     "rounded": 0
    }
   },
   {
    "box": {
     "id": "obj-520",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      16,
      804,
      988,
      24
     ],
     "presentation": 1,
     "presentation_rect": [
      16,
      804,
      988,
      24
     ],
     "text": "Help",
     "fontsize": 14.0,
     "fontface": 1,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-521",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      18,
      826,
      480,
      19
     ],
     "presentation": 1,
     "presentation_rect": [
      18,
      826,
      480,
      19
     ],
     "text": "1  Start distill-live; it shows its port (9010). Type host and port, and Enter.",
     "fontsize": 11.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-522",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      18,
      844,
      480,
      19
     ],
     "presentation": 1,
     "presentation_rect": [
      18,
      844,
      480,
      19
     ],
     "text": "2  Press connect: the axes take their names, the faders the instrument's values.",
     "fontsize": 11.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-523",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      18,
      862,
      480,
      19
     ],
     "presentation": 1,
     "presentation_rect": [
      18,
      862,
      480,
      19
     ],
     "text": "3  The port beside 'listen' is where this patch hears the instrument; change it where",
     "fontsize": 11.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-524",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      18,
      880,
      480,
      19
     ],
     "presentation": 1,
     "presentation_rect": [
      18,
      880,
      480,
      19
     ],
     "text": "     another program has it already.",
     "fontsize": 11.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-525",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      508,
      826,
      480,
      19
     ],
     "presentation": 1,
     "presentation_rect": [
      508,
      826,
      480,
      19
     ],
     "text": "Others who play the same instrument move these faders too; nothing is sent back.",
     "fontsize": 11.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-526",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      508,
      844,
      480,
      19
     ],
     "presentation": 1,
     "presentation_rect": [
      508,
      844,
      480,
      19
     ],
     "text": "In your own patches: [s distill-send] sends any message, such as /distill/gain -6.,",
     "fontsize": 11.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "obj-527",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      508,
      862,
      480,
      19
     ],
     "presentation": 1,
     "presentation_rect": [
      508,
      862,
      480,
      19
     ],
     "text": "     [r distill-heard] has all that the instrument says.",
     "fontsize": 11.0,
     "fontface": 0,
     "textcolor": [
      0.19,
      0.19,
      0.19,
      1.0
     ]
    }
   }
  ],
  "lines": [
   {
    "patchline": {
     "source": [
      "obj-4",
      0
     ],
     "destination": [
      "obj-3",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-5",
      0
     ],
     "destination": [
      "obj-6",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-8",
      0
     ],
     "destination": [
      "obj-9",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-9",
      0
     ],
     "destination": [
      "obj-10",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-10",
      0
     ],
     "destination": [
      "obj-3",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-12",
      0
     ],
     "destination": [
      "obj-13",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-13",
      0
     ],
     "destination": [
      "obj-3",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-15",
      0
     ],
     "destination": [
      "obj-16",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-16",
      0
     ],
     "destination": [
      "obj-5",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-15",
      0
     ],
     "destination": [
      "obj-17",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-18",
      0
     ],
     "destination": [
      "obj-19",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-19",
      0
     ],
     "destination": [
      "obj-12",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-18",
      0
     ],
     "destination": [
      "obj-20",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-20",
      0
     ],
     "destination": [
      "obj-15",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-21",
      0
     ],
     "destination": [
      "obj-24",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-24",
      0
     ],
     "destination": [
      "obj-17",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-17",
      0
     ],
     "destination": [
      "obj-25",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-25",
      0
     ],
     "destination": [
      "obj-23",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-15",
      0
     ],
     "destination": [
      "obj-27",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-28",
      0
     ],
     "destination": [
      "obj-29",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-29",
      0
     ],
     "destination": [
      "obj-30",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-30",
      0
     ],
     "destination": [
      "obj-26",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-26",
      0
     ],
     "destination": [
      "obj-27",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-26",
      1
     ],
     "destination": [
      "obj-31",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-32",
      0
     ],
     "destination": [
      "obj-33",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-27",
      0
     ],
     "destination": [
      "obj-31",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-31",
      0
     ],
     "destination": [
      "obj-32",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-36",
      0
     ],
     "destination": [
      "obj-37",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-37",
      0
     ],
     "destination": [
      "obj-34",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-34",
      0
     ],
     "destination": [
      "obj-35",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-35",
      1
     ],
     "destination": [
      "obj-38",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-35",
      0
     ],
     "destination": [
      "obj-39",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-39",
      0
     ],
     "destination": [
      "obj-23",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-35",
      0
     ],
     "destination": [
      "obj-40",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-40",
      0
     ],
     "destination": [
      "obj-23",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-35",
      0
     ],
     "destination": [
      "obj-41",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-41",
      0
     ],
     "destination": [
      "obj-23",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-35",
      0
     ],
     "destination": [
      "obj-42",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-42",
      0
     ],
     "destination": [
      "obj-23",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-35",
      0
     ],
     "destination": [
      "obj-43",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-43",
      0
     ],
     "destination": [
      "obj-23",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-35",
      0
     ],
     "destination": [
      "obj-44",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-44",
      0
     ],
     "destination": [
      "obj-23",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-15",
      0
     ],
     "destination": [
      "obj-46",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-21",
      0
     ],
     "destination": [
      "obj-45",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-45",
      0
     ],
     "destination": [
      "obj-46",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-46",
      0
     ],
     "destination": [
      "obj-47",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-47",
      0
     ],
     "destination": [
      "obj-23",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-21",
      0
     ],
     "destination": [
      "obj-48",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-48",
      0
     ],
     "destination": [
      "obj-50",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-50",
      0
     ],
     "destination": [
      "obj-23",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-48",
      0
     ],
     "destination": [
      "obj-49",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-49",
      0
     ],
     "destination": [
      "obj-53",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-53",
      0
     ],
     "destination": [
      "obj-51",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-49",
      1
     ],
     "destination": [
      "obj-51",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-51",
      0
     ],
     "destination": [
      "obj-52",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-52",
      0
     ],
     "destination": [
      "obj-17",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-55",
      0
     ],
     "destination": [
      "obj-56",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-56",
      0
     ],
     "destination": [
      "obj-54",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-54",
      0
     ],
     "destination": [
      "obj-51",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-59",
      0
     ],
     "destination": [
      "obj-60",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-60",
      0
     ],
     "destination": [
      "obj-58",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-58",
      0
     ],
     "destination": [
      "obj-61",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-61",
      0
     ],
     "destination": [
      "obj-57",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-64",
      0
     ],
     "destination": [
      "obj-65",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-65",
      0
     ],
     "destination": [
      "obj-66",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-66",
      0
     ],
     "destination": [
      "obj-63",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-68",
      2
     ],
     "destination": [
      "obj-69",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-70",
      0
     ],
     "destination": [
      "obj-71",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-71",
      0
     ],
     "destination": [
      "obj-68",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-69",
      0
     ],
     "destination": [
      "obj-67",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-72",
      1
     ],
     "destination": [
      "obj-69",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-73",
      0
     ],
     "destination": [
      "obj-74",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-74",
      0
     ],
     "destination": [
      "obj-72",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-79",
      0
     ],
     "destination": [
      "obj-80",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-77",
      0
     ],
     "destination": [
      "obj-79",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-81",
      0
     ],
     "destination": [
      "obj-82",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-82",
      0
     ],
     "destination": [
      "obj-83",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-83",
      0
     ],
     "destination": [
      "obj-77",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-86",
      0
     ],
     "destination": [
      "obj-87",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-84",
      0
     ],
     "destination": [
      "obj-86",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-88",
      0
     ],
     "destination": [
      "obj-89",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-89",
      0
     ],
     "destination": [
      "obj-90",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-90",
      0
     ],
     "destination": [
      "obj-84",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-93",
      0
     ],
     "destination": [
      "obj-94",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-91",
      0
     ],
     "destination": [
      "obj-93",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-95",
      0
     ],
     "destination": [
      "obj-96",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-96",
      0
     ],
     "destination": [
      "obj-97",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-97",
      0
     ],
     "destination": [
      "obj-91",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-100",
      0
     ],
     "destination": [
      "obj-101",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-98",
      0
     ],
     "destination": [
      "obj-100",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-102",
      0
     ],
     "destination": [
      "obj-103",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-103",
      0
     ],
     "destination": [
      "obj-104",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-104",
      0
     ],
     "destination": [
      "obj-98",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-107",
      0
     ],
     "destination": [
      "obj-108",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-105",
      0
     ],
     "destination": [
      "obj-107",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-109",
      0
     ],
     "destination": [
      "obj-110",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-110",
      0
     ],
     "destination": [
      "obj-111",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-111",
      0
     ],
     "destination": [
      "obj-105",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-114",
      0
     ],
     "destination": [
      "obj-115",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-112",
      0
     ],
     "destination": [
      "obj-114",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-116",
      0
     ],
     "destination": [
      "obj-117",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-117",
      0
     ],
     "destination": [
      "obj-118",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-118",
      0
     ],
     "destination": [
      "obj-112",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-121",
      0
     ],
     "destination": [
      "obj-122",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-119",
      0
     ],
     "destination": [
      "obj-121",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-123",
      0
     ],
     "destination": [
      "obj-124",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-124",
      0
     ],
     "destination": [
      "obj-125",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-125",
      0
     ],
     "destination": [
      "obj-119",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-128",
      0
     ],
     "destination": [
      "obj-129",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-126",
      0
     ],
     "destination": [
      "obj-128",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-130",
      0
     ],
     "destination": [
      "obj-131",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-131",
      0
     ],
     "destination": [
      "obj-132",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-132",
      0
     ],
     "destination": [
      "obj-126",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-136",
      0
     ],
     "destination": [
      "obj-137",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-135",
      0
     ],
     "destination": [
      "obj-136",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-138",
      0
     ],
     "destination": [
      "obj-139",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-139",
      0
     ],
     "destination": [
      "obj-140",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-140",
      0
     ],
     "destination": [
      "obj-135",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-141",
      0
     ],
     "destination": [
      "obj-142",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-142",
      0
     ],
     "destination": [
      "obj-143",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-143",
      0
     ],
     "destination": [
      "obj-135",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-144",
      0
     ],
     "destination": [
      "obj-145",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-145",
      0
     ],
     "destination": [
      "obj-146",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-146",
      0
     ],
     "destination": [
      "obj-135",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-147",
      0
     ],
     "destination": [
      "obj-148",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-148",
      0
     ],
     "destination": [
      "obj-135",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-150",
      0
     ],
     "destination": [
      "obj-153",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-152",
      0
     ],
     "destination": [
      "obj-154",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-157",
      0
     ],
     "destination": [
      "obj-158",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-155",
      0
     ],
     "destination": [
      "obj-153",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-153",
      0
     ],
     "destination": [
      "obj-154",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-154",
      0
     ],
     "destination": [
      "obj-157",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-153",
      0
     ],
     "destination": [
      "obj-159",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-159",
      0
     ],
     "destination": [
      "obj-135",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-162",
      0
     ],
     "destination": [
      "obj-163",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-163",
      0
     ],
     "destination": [
      "obj-160",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-160",
      1
     ],
     "destination": [
      "obj-161",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-160",
      2
     ],
     "destination": [
      "obj-161",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-161",
      0
     ],
     "destination": [
      "obj-150",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-164",
      0
     ],
     "destination": [
      "obj-165",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-165",
      0
     ],
     "destination": [
      "obj-150",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-173",
      0
     ],
     "destination": [
      "obj-174",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-174",
      0
     ],
     "destination": [
      "obj-170",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-170",
      0
     ],
     "destination": [
      "obj-171",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-170",
      1
     ],
     "destination": [
      "obj-172",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-171",
      0
     ],
     "destination": [
      "obj-172",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-172",
      0
     ],
     "destination": [
      "obj-175",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-175",
      0
     ],
     "destination": [
      "obj-168",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-181",
      0
     ],
     "destination": [
      "obj-182",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-182",
      0
     ],
     "destination": [
      "obj-178",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-178",
      0
     ],
     "destination": [
      "obj-179",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-178",
      1
     ],
     "destination": [
      "obj-180",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-179",
      0
     ],
     "destination": [
      "obj-180",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-180",
      0
     ],
     "destination": [
      "obj-183",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-183",
      0
     ],
     "destination": [
      "obj-176",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-186",
      0
     ],
     "destination": [
      "obj-187",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-184",
      0
     ],
     "destination": [
      "obj-186",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-188",
      0
     ],
     "destination": [
      "obj-189",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-189",
      0
     ],
     "destination": [
      "obj-190",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-190",
      0
     ],
     "destination": [
      "obj-184",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-193",
      0
     ],
     "destination": [
      "obj-194",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-191",
      0
     ],
     "destination": [
      "obj-193",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-195",
      0
     ],
     "destination": [
      "obj-196",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-196",
      0
     ],
     "destination": [
      "obj-197",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-197",
      0
     ],
     "destination": [
      "obj-191",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-200",
      0
     ],
     "destination": [
      "obj-201",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-198",
      0
     ],
     "destination": [
      "obj-200",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-202",
      0
     ],
     "destination": [
      "obj-203",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-203",
      0
     ],
     "destination": [
      "obj-204",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-204",
      0
     ],
     "destination": [
      "obj-198",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-207",
      0
     ],
     "destination": [
      "obj-208",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-205",
      0
     ],
     "destination": [
      "obj-207",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-209",
      0
     ],
     "destination": [
      "obj-210",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-210",
      0
     ],
     "destination": [
      "obj-211",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-211",
      0
     ],
     "destination": [
      "obj-205",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-214",
      0
     ],
     "destination": [
      "obj-215",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-212",
      0
     ],
     "destination": [
      "obj-214",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-216",
      0
     ],
     "destination": [
      "obj-217",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-217",
      0
     ],
     "destination": [
      "obj-218",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-218",
      0
     ],
     "destination": [
      "obj-212",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-219",
      0
     ],
     "destination": [
      "obj-221",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-221",
      0
     ],
     "destination": [
      "obj-222",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-227",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-227",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-228",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-228",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-229",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-229",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-230",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-230",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-231",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-231",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-232",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-232",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-233",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-233",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-234",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-234",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-235",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-235",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-236",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-236",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-237",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-237",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-238",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-238",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-239",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-239",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-240",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-240",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-241",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-241",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-225",
      0
     ],
     "destination": [
      "obj-242",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-242",
      0
     ],
     "destination": [
      "obj-226",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-250",
      0
     ],
     "destination": [
      "obj-251",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-245",
      0
     ],
     "destination": [
      "obj-250",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-245",
      0
     ],
     "destination": [
      "obj-248",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-248",
      0
     ],
     "destination": [
      "obj-247",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-247",
      0
     ],
     "destination": [
      "obj-245",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-252",
      0
     ],
     "destination": [
      "obj-253",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-253",
      0
     ],
     "destination": [
      "obj-248",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-253",
      0
     ],
     "destination": [
      "obj-249",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-249",
      0
     ],
     "destination": [
      "obj-245",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-259",
      0
     ],
     "destination": [
      "obj-260",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-254",
      0
     ],
     "destination": [
      "obj-259",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-254",
      0
     ],
     "destination": [
      "obj-257",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-257",
      0
     ],
     "destination": [
      "obj-256",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-256",
      0
     ],
     "destination": [
      "obj-254",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-261",
      0
     ],
     "destination": [
      "obj-262",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-262",
      0
     ],
     "destination": [
      "obj-257",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-262",
      0
     ],
     "destination": [
      "obj-258",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-258",
      0
     ],
     "destination": [
      "obj-254",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-268",
      0
     ],
     "destination": [
      "obj-269",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-263",
      0
     ],
     "destination": [
      "obj-268",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-263",
      0
     ],
     "destination": [
      "obj-266",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-266",
      0
     ],
     "destination": [
      "obj-265",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-265",
      0
     ],
     "destination": [
      "obj-263",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-270",
      0
     ],
     "destination": [
      "obj-271",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-271",
      0
     ],
     "destination": [
      "obj-266",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-271",
      0
     ],
     "destination": [
      "obj-267",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-267",
      0
     ],
     "destination": [
      "obj-263",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-277",
      0
     ],
     "destination": [
      "obj-278",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-272",
      0
     ],
     "destination": [
      "obj-277",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-272",
      0
     ],
     "destination": [
      "obj-275",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-275",
      0
     ],
     "destination": [
      "obj-274",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-274",
      0
     ],
     "destination": [
      "obj-272",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-279",
      0
     ],
     "destination": [
      "obj-280",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-280",
      0
     ],
     "destination": [
      "obj-275",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-280",
      0
     ],
     "destination": [
      "obj-276",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-276",
      0
     ],
     "destination": [
      "obj-272",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-286",
      0
     ],
     "destination": [
      "obj-287",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-281",
      0
     ],
     "destination": [
      "obj-286",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-281",
      0
     ],
     "destination": [
      "obj-284",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-284",
      0
     ],
     "destination": [
      "obj-283",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-283",
      0
     ],
     "destination": [
      "obj-281",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-288",
      0
     ],
     "destination": [
      "obj-289",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-289",
      0
     ],
     "destination": [
      "obj-284",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-289",
      0
     ],
     "destination": [
      "obj-285",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-285",
      0
     ],
     "destination": [
      "obj-281",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-295",
      0
     ],
     "destination": [
      "obj-296",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-290",
      0
     ],
     "destination": [
      "obj-295",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-290",
      0
     ],
     "destination": [
      "obj-293",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-293",
      0
     ],
     "destination": [
      "obj-292",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-292",
      0
     ],
     "destination": [
      "obj-290",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-297",
      0
     ],
     "destination": [
      "obj-298",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-298",
      0
     ],
     "destination": [
      "obj-293",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-298",
      0
     ],
     "destination": [
      "obj-294",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-294",
      0
     ],
     "destination": [
      "obj-290",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-304",
      0
     ],
     "destination": [
      "obj-305",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-299",
      0
     ],
     "destination": [
      "obj-304",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-299",
      0
     ],
     "destination": [
      "obj-302",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-302",
      0
     ],
     "destination": [
      "obj-301",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-301",
      0
     ],
     "destination": [
      "obj-299",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-306",
      0
     ],
     "destination": [
      "obj-307",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-307",
      0
     ],
     "destination": [
      "obj-302",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-307",
      0
     ],
     "destination": [
      "obj-303",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-303",
      0
     ],
     "destination": [
      "obj-299",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-313",
      0
     ],
     "destination": [
      "obj-314",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-308",
      0
     ],
     "destination": [
      "obj-313",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-308",
      0
     ],
     "destination": [
      "obj-311",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-311",
      0
     ],
     "destination": [
      "obj-310",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-310",
      0
     ],
     "destination": [
      "obj-308",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-315",
      0
     ],
     "destination": [
      "obj-316",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-316",
      0
     ],
     "destination": [
      "obj-311",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-316",
      0
     ],
     "destination": [
      "obj-312",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-312",
      0
     ],
     "destination": [
      "obj-308",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-322",
      0
     ],
     "destination": [
      "obj-323",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-317",
      0
     ],
     "destination": [
      "obj-322",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-317",
      0
     ],
     "destination": [
      "obj-320",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-320",
      0
     ],
     "destination": [
      "obj-319",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-319",
      0
     ],
     "destination": [
      "obj-317",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-324",
      0
     ],
     "destination": [
      "obj-325",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-325",
      0
     ],
     "destination": [
      "obj-320",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-325",
      0
     ],
     "destination": [
      "obj-321",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-321",
      0
     ],
     "destination": [
      "obj-317",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-326",
      0
     ],
     "destination": [
      "obj-328",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-326",
      1
     ],
     "destination": [
      "obj-327",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-327",
      0
     ],
     "destination": [
      "obj-328",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-329",
      0
     ],
     "destination": [
      "obj-330",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-328",
      0
     ],
     "destination": [
      "obj-329",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-333",
      0
     ],
     "destination": [
      "obj-335",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-335",
      0
     ],
     "destination": [
      "obj-334",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-334",
      0
     ],
     "destination": [
      "obj-336",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-337",
      0
     ],
     "destination": [
      "obj-333",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-338",
      1
     ],
     "destination": [
      "obj-339",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-339",
      0
     ],
     "destination": [
      "obj-340",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-340",
      0
     ],
     "destination": [
      "obj-333",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-339",
      0
     ],
     "destination": [
      "obj-334",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-342",
      0
     ],
     "destination": [
      "obj-343",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-343",
      0
     ],
     "destination": [
      "obj-341",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-341",
      1
     ],
     "destination": [
      "obj-344",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-344",
      0
     ],
     "destination": [
      "obj-338",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-345",
      0
     ],
     "destination": [
      "obj-346",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-346",
      0
     ],
     "destination": [
      "obj-338",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-350",
      0
     ],
     "destination": [
      "obj-349",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-351",
      0
     ],
     "destination": [
      "obj-352",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-347",
      0
     ],
     "destination": [
      "obj-349",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-349",
      0
     ],
     "destination": [
      "obj-351",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-356",
      0
     ],
     "destination": [
      "obj-355",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-357",
      0
     ],
     "destination": [
      "obj-358",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-353",
      0
     ],
     "destination": [
      "obj-355",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-355",
      0
     ],
     "destination": [
      "obj-357",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-359",
      0
     ],
     "destination": [
      "obj-360",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-360",
      0
     ],
     "destination": [
      "obj-361",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-361",
      1
     ],
     "destination": [
      "obj-346",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-361",
      0
     ],
     "destination": [
      "obj-362",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-362",
      0
     ],
     "destination": [
      "obj-363",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-370",
      0
     ],
     "destination": [
      "obj-368",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-365",
      0
     ],
     "destination": [
      "obj-369",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-371",
      0
     ],
     "destination": [
      "obj-372",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-366",
      0
     ],
     "destination": [
      "obj-368",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-368",
      0
     ],
     "destination": [
      "obj-369",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-369",
      0
     ],
     "destination": [
      "obj-371",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-375",
      0
     ],
     "destination": [
      "obj-377",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-377",
      0
     ],
     "destination": [
      "obj-376",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-376",
      0
     ],
     "destination": [
      "obj-378",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-379",
      0
     ],
     "destination": [
      "obj-375",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-380",
      1
     ],
     "destination": [
      "obj-381",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-381",
      0
     ],
     "destination": [
      "obj-382",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-382",
      0
     ],
     "destination": [
      "obj-375",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-381",
      0
     ],
     "destination": [
      "obj-376",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-384",
      0
     ],
     "destination": [
      "obj-385",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-385",
      0
     ],
     "destination": [
      "obj-383",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-383",
      1
     ],
     "destination": [
      "obj-386",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-386",
      0
     ],
     "destination": [
      "obj-380",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-387",
      0
     ],
     "destination": [
      "obj-388",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-388",
      0
     ],
     "destination": [
      "obj-380",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-392",
      0
     ],
     "destination": [
      "obj-391",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-393",
      0
     ],
     "destination": [
      "obj-394",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-389",
      0
     ],
     "destination": [
      "obj-391",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-391",
      0
     ],
     "destination": [
      "obj-393",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-398",
      0
     ],
     "destination": [
      "obj-397",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-399",
      0
     ],
     "destination": [
      "obj-400",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-395",
      0
     ],
     "destination": [
      "obj-397",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-397",
      0
     ],
     "destination": [
      "obj-399",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-404",
      0
     ],
     "destination": [
      "obj-403",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-405",
      0
     ],
     "destination": [
      "obj-406",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-401",
      0
     ],
     "destination": [
      "obj-403",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-403",
      0
     ],
     "destination": [
      "obj-405",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-407",
      0
     ],
     "destination": [
      "obj-408",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-408",
      0
     ],
     "destination": [
      "obj-409",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-409",
      1
     ],
     "destination": [
      "obj-388",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-409",
      0
     ],
     "destination": [
      "obj-410",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-410",
      0
     ],
     "destination": [
      "obj-411",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-412",
      0
     ],
     "destination": [
      "obj-414",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-414",
      0
     ],
     "destination": [
      "obj-415",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-418",
      0
     ],
     "destination": [
      "obj-419",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-416",
      0
     ],
     "destination": [
      "obj-418",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-420",
      0
     ],
     "destination": [
      "obj-421",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-421",
      0
     ],
     "destination": [
      "obj-422",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-422",
      0
     ],
     "destination": [
      "obj-416",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-428",
      0
     ],
     "destination": [
      "obj-429",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-423",
      0
     ],
     "destination": [
      "obj-428",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-423",
      0
     ],
     "destination": [
      "obj-426",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-426",
      0
     ],
     "destination": [
      "obj-425",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-425",
      0
     ],
     "destination": [
      "obj-423",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-430",
      0
     ],
     "destination": [
      "obj-431",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-431",
      0
     ],
     "destination": [
      "obj-426",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-431",
      0
     ],
     "destination": [
      "obj-427",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-427",
      0
     ],
     "destination": [
      "obj-423",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-434",
      0
     ],
     "destination": [
      "obj-435",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-436",
      0
     ],
     "destination": [
      "obj-437",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-440",
      0
     ],
     "destination": [
      "obj-441",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-438",
      0
     ],
     "destination": [
      "obj-440",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-435",
      0
     ],
     "destination": [
      "obj-443",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-443",
      0
     ],
     "destination": [
      "obj-442",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-442",
      0
     ],
     "destination": [
      "obj-438",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-437",
      0
     ],
     "destination": [
      "obj-444",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-444",
      0
     ],
     "destination": [
      "obj-445",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-445",
      1
     ],
     "destination": [
      "obj-442",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-445",
      0
     ],
     "destination": [
      "obj-446",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-446",
      0
     ],
     "destination": [
      "obj-439",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-447",
      0
     ],
     "destination": [
      "obj-448",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-448",
      0
     ],
     "destination": [
      "obj-439",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-447",
      0
     ],
     "destination": [
      "obj-449",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-449",
      0
     ],
     "destination": [
      "obj-438",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-452",
      0
     ],
     "destination": [
      "obj-453",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-450",
      0
     ],
     "destination": [
      "obj-452",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-435",
      0
     ],
     "destination": [
      "obj-455",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-455",
      0
     ],
     "destination": [
      "obj-454",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-454",
      0
     ],
     "destination": [
      "obj-450",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-437",
      0
     ],
     "destination": [
      "obj-456",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-456",
      0
     ],
     "destination": [
      "obj-457",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-457",
      1
     ],
     "destination": [
      "obj-454",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-457",
      0
     ],
     "destination": [
      "obj-458",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-458",
      0
     ],
     "destination": [
      "obj-451",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-459",
      0
     ],
     "destination": [
      "obj-460",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-460",
      0
     ],
     "destination": [
      "obj-451",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-459",
      0
     ],
     "destination": [
      "obj-461",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-461",
      0
     ],
     "destination": [
      "obj-450",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-464",
      0
     ],
     "destination": [
      "obj-465",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-462",
      0
     ],
     "destination": [
      "obj-464",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-435",
      0
     ],
     "destination": [
      "obj-467",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-467",
      0
     ],
     "destination": [
      "obj-466",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-466",
      0
     ],
     "destination": [
      "obj-462",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-437",
      0
     ],
     "destination": [
      "obj-468",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-468",
      0
     ],
     "destination": [
      "obj-469",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-469",
      1
     ],
     "destination": [
      "obj-466",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-469",
      0
     ],
     "destination": [
      "obj-470",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-470",
      0
     ],
     "destination": [
      "obj-463",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-471",
      0
     ],
     "destination": [
      "obj-472",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-472",
      0
     ],
     "destination": [
      "obj-463",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-471",
      0
     ],
     "destination": [
      "obj-473",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-473",
      0
     ],
     "destination": [
      "obj-462",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-476",
      0
     ],
     "destination": [
      "obj-477",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-474",
      0
     ],
     "destination": [
      "obj-476",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-435",
      0
     ],
     "destination": [
      "obj-479",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-479",
      0
     ],
     "destination": [
      "obj-478",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-478",
      0
     ],
     "destination": [
      "obj-474",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-437",
      0
     ],
     "destination": [
      "obj-480",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-480",
      0
     ],
     "destination": [
      "obj-481",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-481",
      1
     ],
     "destination": [
      "obj-478",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-481",
      0
     ],
     "destination": [
      "obj-482",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-482",
      0
     ],
     "destination": [
      "obj-475",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-483",
      0
     ],
     "destination": [
      "obj-484",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-484",
      0
     ],
     "destination": [
      "obj-475",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-483",
      0
     ],
     "destination": [
      "obj-485",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-485",
      0
     ],
     "destination": [
      "obj-474",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-486",
      0
     ],
     "destination": [
      "obj-489",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-489",
      0
     ],
     "destination": [
      "obj-487",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-487",
      0
     ],
     "destination": [
      "obj-488",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-490",
      0
     ],
     "destination": [
      "obj-486",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-492",
      0
     ],
     "destination": [
      "obj-493",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-496",
      0
     ],
     "destination": [
      "obj-497",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-494",
      0
     ],
     "destination": [
      "obj-493",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-493",
      0
     ],
     "destination": [
      "obj-488",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-488",
      0
     ],
     "destination": [
      "obj-496",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-492",
      0
     ],
     "destination": [
      "obj-498",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-501",
      0
     ],
     "destination": [
      "obj-502",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-499",
      0
     ],
     "destination": [
      "obj-498",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-498",
      0
     ],
     "destination": [
      "obj-501",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-503",
      0
     ],
     "destination": [
      "obj-504",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-504",
      0
     ],
     "destination": [
      "obj-492",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-510",
      0
     ],
     "destination": [
      "obj-511",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-505",
      0
     ],
     "destination": [
      "obj-510",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-505",
      0
     ],
     "destination": [
      "obj-508",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-508",
      0
     ],
     "destination": [
      "obj-507",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-507",
      0
     ],
     "destination": [
      "obj-505",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-512",
      0
     ],
     "destination": [
      "obj-513",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-513",
      0
     ],
     "destination": [
      "obj-508",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-513",
      0
     ],
     "destination": [
      "obj-509",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-509",
      0
     ],
     "destination": [
      "obj-505",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-516",
      0
     ],
     "destination": [
      "obj-517",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-517",
      0
     ],
     "destination": [
      "obj-514",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-514",
      0
     ],
     "destination": [
      "obj-515",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-515",
      0
     ],
     "destination": [
      "obj-518",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-514",
      1
     ],
     "destination": [
      "obj-515",
      0
     ]
    }
   }
  ]
 }
}
