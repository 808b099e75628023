/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "docker/private.h"

#include <stdio.h>
#include <string.h>

#include "docker/kind.h"
#include "docker/label.h"
#include "docker/member.h"
#include "docker/resource.h"

void private_name(uid_t uid, char out[PRIVATE_NAME_MAX])
{
	(void)snprintf(out, PRIVATE_NAME_MAX, NAME_RESERVED "net-%u", (unsigned)uid);
}

static bool is_default(const char *network)
{
	return network == NULL || *network == '\0' || strcmp(network, "default") == 0 ||
		strcmp(network, "bridge") == 0;
}

/* Two spellings of it: the settings of the first hold. */
static int rename_endpoint(json_t *endpoints, const char *from, const char *to)
{
	json_t *settings = json_object_get(endpoints, from);

	if (settings == NULL)
		return 0;
	if (json_object_get(endpoints, to) == NULL && json_object_set(endpoints, to, settings) < 0)
		return -1;
	return json_object_del(endpoints, from) < 0 ? -1 : 1;
}

/* The default bridge's links stand in HostConfig, those of any other network with its endpoint. */
static int move_links(json_t *body, json_t *host, const char *name)
{
	json_t *links = json_object_get(host, "Links"), *networks, *endpoint, *there;

	if (json_array_size(links) == 0)
		return 0;
	networks = member_child(body, "NetworkingConfig", json_object);
	networks = member_child(networks, "EndpointsConfig", json_object);
	endpoint = member_child(networks, name, json_object);
	there = json_object_get(endpoint, "Links");
	if (endpoint == NULL || (json_is_array(there) ? json_array_extend(there, links) :
				 json_object_set(endpoint, "Links", links)) < 0)
		return -1;
	return json_object_del(host, "Links");
}

int private_links(json_t *body)
{
	json_t *endpoints = json_object_get(json_object_get(body, "NetworkingConfig"), "EndpointsConfig"), *settings;
	const char *network;

	json_object_foreach(endpoints, network, settings) {
		json_t *links = json_object_get(settings, "Links");

		for (size_t i = 0; i < json_array_size(links); i++) {
			const char *link = json_string_value(json_array_get(links, i));
			char text[300];

			if (link == NULL || strspn(link, "0123456789abcdef") != OBJECT_ID_LEN || link[OBJECT_ID_LEN] != ':')
				continue;
			(void)snprintf(text, sizeof(text), "%.12s%s", link, link + OBJECT_ID_LEN);
			if (json_array_set_new(links, i, json_string(text)) < 0)
				return -1;
		}
	}
	return 0;
}

int private_use(json_t *body, const char *name)
{
	json_t *host = member_child(body, "HostConfig", json_object);
	json_t *endpoints = json_object_get(json_object_get(body, "NetworkingConfig"), "EndpointsConfig");
	bool whole = is_default(json_string_value(json_object_get(host, "NetworkMode")));
	int plain = rename_endpoint(endpoints, "default", name), bridge = rename_endpoint(endpoints, "bridge", name);

	if (host == NULL || plain < 0 || bridge < 0 ||
	    (whole && (json_object_set_new(host, "NetworkMode", json_string(name)) < 0 ||
		       move_links(body, host, name) < 0)))
		return -1;
	return whole || plain > 0 || bridge > 0;
}

void private_render(unsigned minor, const char *name, uid_t uid, struct buf *out)
{
	char body[400];
	int n = snprintf(body, sizeof(body), "{\"Name\":\"%s\",\"CheckDuplicate\":true,\"Driver\":\"bridge\",\"Labels\":{\""
			 LABEL_OWNER "\":\"%u\",\"" LABEL_KIND "\":\"" KIND_PRIVATE "\"}}", name, (unsigned)uid);

	buf_addf(out, "POST /v1.%u/networks/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
		 "Content-Length: %d\r\n\r\n%s", minor, n, body);
}

void private_render_look(unsigned minor, const char *name, struct buf *out)
{
	buf_addf(out, "GET /v1.%u/networks/%s HTTP/1.1\r\nHost: docker\r\n\r\n", minor, name);
}

bool private_is(const struct resource *network, const char *name, uid_t uid)
{
	return network->plain && network->owned && network->owner == uid && strcmp(network->name, name) == 0;
}
